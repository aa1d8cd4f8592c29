"""From an exception to what an admin is told: the exit code, and a sentence for each fault."""

from sqlalchemy.exc import SQLAlchemyError

from commands.exits import Exit
from config.faults import ConfigFault
from config.valid_playbook import PlaybookRefused
from connectors.base import ConnectorError
from sandbox.mapping import LeadsFault
from sync.store import StoreFault

NOT_IN_FORCE = "the playbook is not put in force: no CRM was read, nothing was written"


class Unusable(Exception):
    """What the command line names cannot be used; the message says why and what to do instead. Exit 2."""


def told(error: Exception) -> tuple[Exit, list[str]] | None:
    """The exit code and the lines for an error that a person can mend; None for a bug of ours."""
    match error:
        case ConfigFault():
            return Exit.FAULT, [str(fault) for fault in error.faults]
        case PlaybookRefused():
            return Exit.UNDONE, [*map(str, error.findings), NOT_IN_FORCE]
        case LeadsFault():
            return Exit.FAULT, str(error).splitlines()
        case Unusable():
            return Exit.FAULT, [str(error)]
        case StoreFault() | ConnectorError():
            return Exit.UNDONE, [str(error)]
        case SQLAlchemyError():
            sentence = (
                f"the store could not be used ({type(error).__name__}); check free space, that its folder "
                "and file are writable, or that the database server runs; the next pass goes on"
            )
            return Exit.UNDONE, [sentence]
        case _:
            return None
