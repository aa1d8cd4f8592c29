"""Alembic's entry: runs on the connection that `sync.store` hands over, inside its transaction."""

from typing import Any, Literal

from alembic import context

from sync.schema import Instant, metadata


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Freeze our own column types in new revisions: a migration must not change with tomorrow's code."""
    return "sa.BigInteger()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_item=render_item
)
context.run_migrations()
