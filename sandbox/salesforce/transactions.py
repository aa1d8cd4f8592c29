"""Late commits: records that carry an early stamp and show themselves later (salesforce.md §2.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.table import Row


class Transaction:
    """Work that was stamped when the transaction began and becomes visible when it commits."""

    def __init__(self, org: Org, visible_in: float | None) -> None:
        self.stamped_at = org.now()
        self.is_done = False
        self._org = org
        self._due = None if visible_in is None else self.stamped_at + timedelta(seconds=visible_in)
        self._steps: list[Callable[[], object]] = []
        self._locks: list[str] = []

    def insert(self, object_name: str, fields: Row, *, created_by: str | None = None) -> str:
        """Add a record; its id is known at once, the record is not."""
        row_id = self._org.new_id(object_name)
        at = self.stamped_at
        self._steps.append(
            lambda: self._org.insert(
                object_name, fields, created_at=at, created_by=created_by, row_id=row_id
            ),
        )
        return row_id

    def update(self, object_name: str, row_id: str, fields: Row, *, by: str | None = None) -> None:
        """Change a record; it stays locked until the commit."""
        self._lock(row_id)
        self._steps.append(lambda: self._org.update(object_name, row_id, fields, by=by, at=self.stamped_at))

    def delete(self, object_name: str, row_id: str, *, by: str | None = None) -> None:
        """Delete a record; it stays locked until the commit."""
        self._lock(row_id)
        self._steps.append(lambda: self._org.delete(object_name, row_id, by=by, at=self.stamped_at))

    def is_due(self) -> bool:
        """Whether the org's clock has reached the moment of commit."""
        return not self.is_done and self._due is not None and self._org.now() >= self._due

    def commit(self) -> None:
        """Show everything, with the stamps of the beginning; a second call does nothing."""
        with self._org.lock:
            if self.is_done:
                return
            self.is_done = True
            for row_id in self._locks:
                self._org.locked.pop(row_id, None)
            for step in self._steps:
                step()

    def rollback(self) -> None:
        """Forget everything."""
        with self._org.lock:
            self.is_done = True
            for row_id in self._locks:
                self._org.locked.pop(row_id, None)

    def _lock(self, row_id: str) -> None:
        self._locks.append(row_id)
        self._org.locked[row_id] = None
