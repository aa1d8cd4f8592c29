"""Real HTTP for the sandbox CRMs: a loopback thread with a journal, a script of faults and its own time."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.journal import Exchange

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from datetime import datetime

    from sandbox.clock import Clock
    from sandbox.faults import Fault, Faults
    from sandbox.journal import Journal

    Message = MutableMapping[str, Any]
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOG = logging.getLogger("sandbox")
TRANSPORT = "sandbox.transport"
"""The key under which a request's state carries its TCP connection, so that a fault can close it."""
KEEP_ALIVE_SECONDS = 75
MAX_HEAD_BYTES = 1_048_576
"""Request line and headers; above the CRMs' own limits, so that the sandbox answers 414 and 431 itself."""
START_SECONDS = 10.0
GRACE_SECONDS = 0.5
"""How long `stop` lets requests in flight finish."""
HIDDEN_HEADERS = {"authorization", "cookie", "x-sfdc-session"}


class Edge:
    """ASGI middleware around one CRM: applies faults, keeps the journal, stamps the Date header.

    The Date header comes from the sandbox's clock: a poller takes the CRM's time from it.
    """

    def __init__(self, app: App, *, crm: str, clock: Clock, journal: Journal, faults: Faults) -> None:
        """Wrap `app`, which plays the CRM named `crm`."""
        self.app = app
        self.crm = crm
        self.clock = clock
        self.journal = journal
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request through."""
        if scope["type"] != "http":
            return
        body = await _read_body(receive)
        exchange = _Pass(self, scope, body)
        struck = self._strike(scope, body)
        for fault in struck:
            if fault.delay:
                await asyncio.sleep(fault.delay)
        final = next((fault for fault in struck if fault.is_final), None)
        await exchange.run(final, receive, send)

    def _strike(self, scope: Scope, body: bytes) -> list[Fault]:
        if not self.faults:
            return []
        text = scope["query_string"].decode("latin-1") + "\n" + body.decode("utf-8", "replace")
        return self.faults.take(scope["method"], scope["path"], text)


class _Pass:
    """One request on its way through the edge."""

    def __init__(self, edge: Edge, scope: Scope, body: bytes) -> None:
        self.edge = edge
        self.scope = scope
        self.body = body
        self.at = edge.clock.now()

    async def run(self, fault: Fault | None, receive: Receive, send: Send) -> None:
        """Let the CRM answer, or the fault."""
        if fault is None:
            await self._answer(await self._handle(), send)
        elif fault.black_hole:
            self._record(status=0, sent=0, committed=False)
            await _wait_for_disconnect(receive)
        elif fault.drop is not None:
            if fault.drop == "after":
                await self._handle()
            self._record(status=0, sent=0, committed=fault.drop == "after")
            await self._hang_up(receive)
        elif fault.cut is not None:
            await self._cut(await self._handle(), fault.cut, receive, send)
        else:
            if fault.commit:
                await self._handle()
            await self._answer(_scripted(fault), send, committed=fault.commit)

    async def _handle(self) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Have the CRM carry the request out; its answer as status, headers and body."""
        messages: list[Message] = []
        pending: list[Message] = [{"type": "http.request", "body": self.body, "more_body": False}]

        async def replay() -> Message:
            return pending.pop() if pending else {"type": "http.disconnect"}

        async def collect(message: Message) -> None:
            messages.append(message)

        try:
            await self.edge.app(self.scope, replay, collect)
        except Exception:
            # A fault of the sandbox itself: shown on standard error, and as a plain 500 to the client.
            LOG.exception("The sandbox failed on %s %s", self.scope["method"], self.scope["path"])
            return 500, [(b"content-type", b"text/plain")], b"The sandbox failed: see its log."
        start = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        return start["status"], list(start["headers"]), body

    async def _answer(
        self,
        answer: tuple[int, list[tuple[bytes, bytes]], bytes],
        send: Send,
        *,
        committed: bool = True,
    ) -> None:
        status, headers, body = answer
        self._record(status=status, sent=len(body), committed=committed)
        await send(self._start(status, headers, len(body)))
        await send({"type": "http.response.body", "body": body})

    async def _cut(
        self,
        answer: tuple[int, list[tuple[bytes, bytes]], bytes],
        length: int,
        receive: Receive,
        send: Send,
    ) -> None:
        """Promise the whole body, send its beginning, and close."""
        status, headers, body = answer
        kept = body[: min(length, max(len(body) - 1, 0))]
        self._record(status=status, sent=len(kept), committed=True)
        await send(self._start(status, headers, len(body)))
        await send({"type": "http.response.body", "body": kept, "more_body": True})
        self.scope["state"][TRANSPORT].close()
        await _wait_for_disconnect(receive)

    async def _hang_up(self, receive: Receive) -> None:
        self.scope["state"][TRANSPORT].close()
        await _wait_for_disconnect(receive)

    def _start(self, status: int, headers: list[tuple[bytes, bytes]], length: int) -> Message:
        kept = [(name, value) for name, value in headers if name.lower() not in (b"content-length", b"date")]
        kept.append((b"date", http_date(self.edge.clock.now()).encode()))
        if length or b"content-type" in dict(kept):  # a 204 has neither
            kept.append((b"content-length", str(length).encode()))
        return {"type": "http.response.start", "status": status, "headers": kept}

    def _record(self, *, status: int, sent: int, committed: bool) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}
        self.edge.journal.record(
            Exchange(
                at=self.at,
                crm=self.edge.crm,
                method=self.scope["method"],
                path=self.scope["path"],
                query=self.scope["query_string"].decode("latin-1"),
                headers={name: value for name, value in headers.items() if name not in HIDDEN_HEADERS},
                raw=self.body,
                request_bytes=len(self.body),
                response_bytes=sent,
                status=status,
                committed=committed,
            ),
        )


class Server:
    """One ASGI app on loopback, served from a thread of its own; a context manager."""

    def __init__(self, app: App, *, port: int = 0) -> None:
        """Serve `app` on 127.0.0.1 at `port`; 0 takes a free one. OSError where the port is taken."""
        # The protocol is named: only then does asyncio switch Nagle's algorithm off (44 ms a call otherwise).
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._uvicorn = uvicorn.Server(_uvicorn_config(app))
        self._told_to_stop = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name=f"sandbox-{self.port}", daemon=True)

    def start(self) -> Self:
        """Begin to serve; returns when connections are accepted. RuntimeError where that does not happen."""
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._uvicorn.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                message = f"The sandbox did not come up on port {self.port} within {START_SECONDS:g} s."
                raise RuntimeError(message)
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Finish what is in flight for at most GRACE_SECONDS, then close everything."""
        if self._thread.is_alive() and self._loop is not None:
            self._loop.call_soon_threadsafe(self._told_to_stop.set)
            self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        """Serve until told to stop, let requests in flight finish, then hang up on whoever is left."""
        self._loop = asyncio.get_running_loop()
        serving = asyncio.create_task(self._uvicorn.serve(sockets=[self._socket]))
        stopping = asyncio.create_task(self._told_to_stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        state = self._uvicorn.server_state
        if state.tasks:
            await asyncio.wait(list(state.tasks), timeout=GRACE_SECONDS)
        for listener in self._uvicorn.servers:
            listener.close()
        for connection in list(state.connections):
            connection.transport.abort()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *exc: object) -> None:
        """Stop."""
        self.stop()


def http_date(moment: datetime) -> str:
    """The moment as a Date header: `Sat, 21 Nov 2026 22:50:29 GMT`."""
    return format_datetime(moment, usegmt=True)


class _Protocol(H11Protocol):
    """Shows every request its own TCP connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the parent
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


def _uvicorn_config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level=logging.CRITICAL,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )


def _scripted(fault: Fault) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    body, content_type = fault.answer()
    headers = {"content-type": content_type} | {name.lower(): value for name, value in fault.headers.items()}
    return fault.status or 200, [(name.encode(), value.encode()) for name, value in headers.items()], body


async def _read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
