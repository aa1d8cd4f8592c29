"""`leadline sandbox serve`: the CRMs in a box on their own, for anyone who develops against these CRMs."""

from dataclasses import dataclass
from pathlib import Path

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.signals import stop_on_signal
from sandbox.box import Box


@dataclass(frozen=True, slots=True)
class Filling:
    """What to fill the CRMs with: a list with its mapping, or invented people; neither leaves them empty."""

    leads: Path | None
    mapping: Path | None
    generate: int | None


def serve(invocation: Invocation, salesforce: int, hubspot: int, filling: Filling) -> Exit:
    """Serve until stopped; prints where and with which credentials."""
    box = Box(
        generate=filling.generate or 0,
        leads=filling.leads,
        mapping=filling.mapping,
        shape="rich",
        salesforce_port=salesforce,
        hubspot_port=hubspot,
    )
    with stop_on_signal() as stop, box:
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
                console.out.print(f"{crm}: " + ", ".join(f"{name} {value}" for name, value in parts.items()))
            console.out.print("A rep's pages are at the same addresses. Ctrl-C stops.")
        stop.event.wait()
        return stop.exit_code(Exit.OK)
