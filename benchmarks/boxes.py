"""A box of sandbox CRMs in a process of its own, so that its work and memory never count as Leadline's."""

import multiprocessing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from config.connections import AnyConnection, HubSpotConnection, SalesforceConnection
from sandbox.box import Box
from sandbox.faults import Fault

T = TypeVar("T")
P = ParamSpec("P")

CRMS = ("salesforce", "hubspot")


@dataclass(frozen=True, slots=True)
class Access:
    """Where a box answers, and with which credentials."""

    salesforce_url: str
    hubspot_url: str
    client_id: str
    client_secret: str
    token: str

    @classmethod
    def to(cls, box: Box) -> "Access":
        """The access to a box that is being served."""
        return cls(box.salesforce_url, box.hubspot_url, box.client_id, box.client_secret, box.token)

    def settings(self, crm: str) -> dict[str, Any]:
        """A connection of that CRM, as leadline.yaml has it; its name is the CRM's."""
        own: dict[str, Any] = {"name": crm, "crm": crm, "api_budget": "100%"}
        if crm == "salesforce":
            auth = {"flow": "client_credentials", "client_id": self.client_id}
            return own | {
                "base_url": self.salesforce_url,
                "auth": auth | {"client_secret": self.client_secret},
            }
        return own | {"base_url": self.hubspot_url, "auth": {"flow": "token", "token": self.token}}

    def connection(self, crm: str, **changes: Any) -> AnyConnection:
        """The same as typed settings, with other keys where `changes` has them."""
        model = SalesforceConnection if crm == "salesforce" else HubSpotConnection
        return model.model_validate(self.settings(crm) | changes)


class BoxProcess:
    """A box that is served by another process while the context lasts. `access`: how to reach its CRMs."""

    access: Access

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=_serve, args=(far,), daemon=True)

    def run(self, act: Callable[Concatenate[Box, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Have the other process call `act(box, …)`, a function of a module; what it returns or raises."""
        self._pipe.send((act, args, kwargs))
        done, result = self._pipe.recv()
        if not done:
            raise RuntimeError(f"in the box's process {act.__name__} failed: {result}")
        answer: T = result
        return answer

    def __enter__(self) -> Self:
        """Start the process; returns when both CRMs answer."""
        self._process.start()
        self.access = self.run(Access.to)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self._pipe.send(None)
        self._process.join()


def _serve(pipe: Connection) -> None:
    with Box() as box:
        while (task := pipe.recv()) is not None:
            act, args, kwargs = task
            try:
                pipe.send((True, act(box, *args, **kwargs)))
            except Exception as error:  # noqa: BLE001  # whatever it was, the benchmark must hear of it
                pipe.send((False, repr(error)))


# --- acts: what people and networks do in a box -------------------------------------------------------------


def add_leads(box: Box, crm: str, count: int, employees: Any) -> list[str]:
    """So many new leads, each of a company of its own, at the CRM's present; their ids."""
    if crm == "salesforce":
        common = {"Industry": "Technology", "NumberOfEmployees": employees}
        rows = ({"LastName": f"Lead {n}", "Company": f"Company {n}"} for n in range(count))
        return [box.org.insert("Lead", row | common) for row in rows]
    began = box.portal.count("contacts")
    return [
        box.portal.create("contacts", {"email": f"p{n}@firm{n}.example", "numemployees": employees})
        for n in range(began, began + count)
    ]


def resize(box: Box, crm: str, lead_ids: list[str], employees: Any) -> None:
    """A person changes how many employees these leads have."""
    for lead_id in lead_ids:
        if crm == "salesforce":
            box.org.update("Lead", lead_id, {"NumberOfEmployees": employees})
        else:
            box.portal.update("contacts", lead_id, {"numemployees": employees})


SIZES: Mapping[str, tuple[Any, Any]] = {"salesforce": (5, 500), "hubspot": ("1-5", "500-1000")}
"""Employees that fit badly and well, in each CRM's words."""


def slow_down(box: Box, seconds: float) -> None:
    """From now on every call takes so much longer, as over a distance."""
    for faults in (box.faults_salesforce, box.faults_hubspot):
        faults.clear()
        if seconds:
            faults.add(Fault(times=None, delay=seconds))


def forget_calls(box: Box) -> None:
    """Count calls anew."""
    for journal in (box.journal_salesforce, box.journal_hubspot):
        journal.clear()


def count_calls(box: Box, crm: str) -> int:
    """Calls since `forget_calls` that count against a limit: Salesforce's list of versions does not."""
    journal = box.journal_salesforce if crm == "salesforce" else box.journal_hubspot
    free = journal.counts.get(("GET", "/services/data/"), 0)
    return journal.calls() - free
