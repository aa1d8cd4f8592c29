"""First pages of several streams in one call: a quiet pass costs two calls instead of one for each stream."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.base import Misconfigured, Rejected, Transient, Window
from connectors.salesforce.client import COMPOSITE_LIMIT, Client, Query

FirstQuery = Callable[[str, Window], Query | None]
"""Stream and window → the query of its first page; None where the org has no such record."""


class FirstPages:
    """Answers of announced streams, each handed out once, and only for exactly the announced query."""

    def __init__(self, client: Client, first_query: FirstQuery) -> None:
        self._client = client
        self._first_query = first_query
        self._windows: dict[str, Window] = {}
        self._answers: dict[Query, Any] = {}
        self._apart = False

    def announce(self, windows: Mapping[str, Window]) -> None:
        """What will be asked for next. Nothing is sent yet; what was announced before is forgotten."""
        self._windows = {} if self._apart else dict(windows)
        self._apart = False
        self._answers.clear()

    def take(self, stream: str, window: Window) -> Any | None:
        """The page `{records, done, …}`; None where the stream has to ask for itself.

        Asks for up to five announced streams at once. A failure that is one stream's own is left to that
        stream's own call; one of the whole call is raised where a second try later may help.
        """
        if self._windows.get(stream) == window:
            self._ask(stream)
        if not self._answers:
            return None
        query = self._first_query(stream, window)
        return None if query is None else self._answers.pop(query, None)

    def _ask(self, stream: str) -> None:
        queries: list[Query] = []
        for name in [stream, *(other for other in self._windows if other != stream)]:
            query = self._first_query(name, self._windows.pop(name))
            queries += [query] if query is not None else []
            if len(queries) == COMPOSITE_LIMIT:
                break
        if len(queries) <= 1:
            return
        try:
            answers = self._client.query_together(queries)
        except Transient:
            self._apart = True  # perhaps together they are too much: next time each asks for itself
            raise
        except (Misconfigured, Rejected):
            return
        pairs = zip(queries, answers, strict=True)
        self._answers |= {query: answer for query, answer in pairs if answer is not None}
