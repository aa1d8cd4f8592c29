"""Logs on standard error: one JSON line per event (or a readable one), ids only, secrets redacted.

Lines of libraries (urllib3, APScheduler, uvicorn) pass through the same processors. Tracebacks carry no local
variables: those hold tokens.
"""

import logging
import sys
from collections.abc import Collection, MutableMapping
from typing import Any, Literal

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor

SECRET_NAMES = ("token", "secret", "password", "authorization", "private_key", "email", "api_key")
"""Keys whose values are never printed, wherever the word stands in the key."""
HIDDEN = "[hidden]"
QUIET_LIBRARIES = ("urllib3", "alembic", "uvicorn", "asyncio", "hubspot", "requests", "zeep")
"""They speak of URLs and migrations: only their warnings are news to an operator."""


def set_up(
    level: str = "info", style: Literal["json", "console"] = "json", secrets: Collection[str] = ()
) -> None:
    """Configure logging for the process; may be called again once the settings are known."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        Redactor(frozenset(secrets)),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(style)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It warns at every interval that a long pass outlasts; that is what passes in rounds are for.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _renderers(style: str) -> list[Processor]:
    if style == "console":
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    return [
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


class Redactor:
    """Hides values of secret-sounding keys, and every known secret wherever it turns up."""

    def __init__(self, secrets: frozenset[str]) -> None:
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        """One event; structlog calls this."""
        return self._clean_map(event)

    def _clean_map(self, values: MutableMapping[str, Any]) -> dict[str, Any]:
        return {
            key: HIDDEN if any(name in key.lower() for name in SECRET_NAMES) else self._clean(value)
            for key, value in values.items()
        }

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, HIDDEN)
            return value
        if isinstance(value, dict):
            return self._clean_map(value)
        if isinstance(value, list | tuple):
            return [self._clean(item) for item in value]
        return value
