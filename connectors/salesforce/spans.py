"""Parts of a window, for an org that cannot walk all of it in one query (QUERY_TIMEOUT, fact sheet §2.1)."""

from dataclasses import replace
from datetime import timedelta

from connectors.base import Keyset, Window

TIMEOUT_CODE = "QUERY_TIMEOUT"
SECOND = timedelta(seconds=1)
"""The org's stamps are whole seconds."""


def first(whole: Window, after: Keyset | None, width: timedelta | None) -> Window:
    """Where to begin with what is left of `whole` where the org could last walk `width` (None: any)."""
    if width is None:
        return whole
    if whole.newest_first:
        until = whole.until if after is None else min(whole.until, after.at + SECOND)
        return replace(whole, since=max(whole.since, until - width), until=until)
    since = whole.since if after is None else after.at
    return replace(whole, since=since, until=min(whole.until, since + width))


def narrower(part: Window, after: Keyset | None) -> Window | None:
    """The half of what is left of `part` that comes first in its direction; None where only a second is left.

    `after` stays where it is and stays good: the second that it stands in is in that half.
    """
    low, high = part.since, part.until
    if after is not None:
        low, high = (low, after.at) if part.newest_first else (after.at, high)
    middle = (low + (high - low) / 2).replace(microsecond=0)
    if not low < middle < high:
        return None
    low, high = (middle, high) if part.newest_first else (low, middle)
    return replace(part, since=low, until=high)


def following(part: Window, whole: Window) -> Window | None:
    """What comes after `part`, twice as wide, since the org could do that; None at the end of `whole`."""
    width = 2 * (part.until - part.since)
    if whole.newest_first:
        since = max(whole.since, part.since - width)
        return replace(part, since=since, until=part.since) if since < part.since else None
    until = min(whole.until, part.until + width)
    return replace(part, since=part.until, until=until) if part.until < until else None
