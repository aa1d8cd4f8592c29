"""Whether it is the CRM that answers at base_url: what every CRM of its kind has must be there."""

from collections.abc import Iterator
from contextlib import contextmanager

from connectors.base import Misconfigured, Rejected
from connectors.outcomes import Vanished

METHOD_NOT_ALLOWED = "405"


@contextmanager
def at_home(name: str, base_url: str, crm: str) -> Iterator[None]:
    """Around a call that every `crm` answers; raise Misconfigured where the address knows no such thing."""
    try:
        yield
    except Rejected as error:
        if isinstance(error, Vanished) or error.code == METHOD_NOT_ALLOWED:
            sentence = f"{name}: {base_url} answers, but is no {crm}: check base_url."
            raise Misconfigured(sentence, code=error.code) from None
        raise
