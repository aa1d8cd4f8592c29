"""`leadline sandbox serve`: the CRMs in a box on their own, for anyone who develops against these CRMs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.refusals import Unusable
from commands.signals import stop_on_signal
from sandbox.box import Box
from sandbox.mapping import LeadsFault


@dataclass(frozen=True, slots=True)
class Filling:
    """What to fill the CRMs with: a list with its mapping, or invented people; neither leaves them empty."""

    leads: Path | None
    mapping: Path | None
    generate: int | None
    state: Path | None = None
    """Where it is kept between two runs."""


def serve(invocation: Invocation, salesforce: int, hubspot: int, filling: Filling) -> Exit:
    """Serve until stopped; prints where and with which credentials. Raises Unusable, LeadsFault."""
    if filling.leads is not None and filling.mapping is None:
        raise Unusable(
            f"--leads {filling.leads}: needs --mapping FILE.yaml, which says what its columns mean"
        )
    box = _filled(filling, salesforce, hubspot)
    with stop_on_signal() as stop, _served(box):
        access = {
            "salesforce": {
                "base_url": box.salesforce_url,
                "client_id": box.client_id,
                "client_secret": box.client_secret,
            },
            "hubspot": {"base_url": box.hubspot_url, "token": box.token},
        }
        if invocation.json:
            console.print_json(access)
        else:
            for crm, parts in access.items():
                console.out.print(crm, style="bold", markup=False)
                for name, value in parts.items():  # a line each, never wrapped: they are there to be copied
                    console.out.print(f"  {name:<13}  {value}", markup=False, soft_wrap=True)
            console.out.print(f"People: {len(box.lead_ids):,} leads, {len(box.contact_ids):,} contacts.")
            console.out.print("A rep's pages are at the same addresses. Ctrl-C stops.")
        stop.event.wait()
        return stop.exit_code(Exit.OK)


def _filled(filling: Filling, salesforce: int, hubspot: int) -> Box:
    try:
        return Box(
            generate=filling.generate or 0,
            leads=filling.leads,
            mapping=filling.mapping,
            state=filling.state,
            shape="rich",
            ports=(salesforce, hubspot),
        )
    except LeadsFault:
        raise
    except (OSError, ValueError) as error:
        raise Unusable(f"--state {filling.state}: {error}") from None


@contextmanager
def _served(box: Box) -> Iterator[None]:
    """While the block runs the box answers; Unusable where a port is taken."""
    try:
        box.start()
    except OSError as error:
        reason = (error.strerror or "not possible").lower()
        raise Unusable(f"the ports cannot be opened ({reason}); choose others, or 0 for free ones") from None
    try:
        yield
    finally:
        box.stop()
