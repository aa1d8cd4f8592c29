"""Touches, and the totals whose increase becomes touches."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from connectors.base import LeadRecord, TouchRecord
from qualifier.facts import ACTIVE_KINDS, WEAK_KINDS
from sync.ingest.dirty import TOUCH, WEAK, mark_colleagues, mark_dirty
from sync.ingest.intake import Intake
from sync.ingest.rows import chunks, lead_rows, replace
from sync.schema import totals, touches


def unsettled_touches(records: Sequence[LeadRecord], intake: Intake, tx: Connection) -> list[str]:
    """Ids of leads from a search index whose touches or totals are not those stored."""
    known = lead_rows(tx, intake.connection, [record.id for record in records])
    keys = [row.id for row in known.values()]
    stored, counted = _touch_rows(tx, keys), _total_rows(tx, keys)
    return [
        record.id
        for record in records
        if (row := known.get(record.id)) is not None
        and (
            any(stored.get((row.id, t.source)) != _touch_values(row.id, t) for t in record.touches)
            or any(counted.get((row.id, total.name)) != total.count for total in record.totals)
        )
    ]


def store_touches(records: Sequence[TouchRecord], intake: Intake, tx: Connection) -> None:
    """Touches new or changed; those of leads that the store does not know are counted as unknown."""
    if not records:
        return
    known = lead_rows(tx, intake.connection, {record.lead_id for record in records})
    intake.unknown.update(record.lead_id for record in records if record.lead_id not in known)
    wanted = {
        (known[record.lead_id].id, record.source): _touch_values(known[record.lead_id].id, record)
        for record in records
        if record.lead_id in known
    }
    old = _touch_rows(tx, {lead for lead, _ in wanted})
    new = [values for key, values in wanted.items() if old.get(key) != values]
    intake.counts["touches"] += len(new)
    replace(tx, touches, ("lead", "source"), new)
    mark_dirty(tx, {values["lead"] for values in new if values["kind"] in WEAK_KINDS}, WEAK)
    mark_dirty(tx, {values["lead"] for values in new if values["kind"] not in WEAK_KINDS}, TOUCH)
    active = {values["lead"] for values in new if values["kind"] in ACTIVE_KINDS}
    mark_colleagues(tx, active)


def withdraw_touches(records: Sequence[tuple[str, str]], intake: Intake, tx: Connection) -> None:
    """Forget touches, given as (lead id, source), whose record was deleted: nobody did that."""
    if not records:
        return
    known = lead_rows(tx, intake.connection, {lead_id for lead_id, _ in records})
    keys = {(known[lead_id].id, source) for lead_id, source in records if lead_id in known}
    stored = keys & _touch_rows(tx, {lead for lead, _ in keys}).keys()
    if not stored:
        return
    this = (touches.c.lead == bindparam("b_lead"), touches.c.source == bindparam("b_source"))
    tx.execute(delete(touches).where(*this), [{"b_lead": lead, "b_source": one} for lead, one in stored])
    mark_dirty(tx, {lead for lead, _ in stored}, TOUCH)


def _touch_values(lead: int, record: TouchRecord) -> dict[str, Any]:
    return {
        "lead": lead,
        "source": record.source,
        "kind": record.kind,
        "at": record.at,
        "count": record.count,
        "name": record.name[:120] if record.name else None,
        "human": record.human,
        "conversation": record.conversation,
        "logged_at": record.logged_at,
    }


def _touch_rows(tx: Connection, lead_keys: Collection[int]) -> dict[tuple[int, str], dict[str, Any]]:
    return {
        (row.lead, row.source): dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's documented name
        for keys in chunks(list(lead_keys))
        for row in tx.execute(select(touches).where(touches.c.lead.in_(keys)))
    }


def store_totals(records: Sequence[LeadRecord], intake: Intake, tx: Connection) -> None:
    """A total's increase since the last poll becomes one dated touch; a first sight counts once."""
    records = [record for record in records if record.totals]
    if not records:
        return
    known = lead_rows(tx, intake.connection, [record.id for record in records])
    old = _total_rows(tx, [row.id for row in known.values()])
    rows: list[dict[str, Any]] = []
    dated: list[TouchRecord] = []
    for record in records:
        lead = known[record.id].id
        for total in record.totals:
            before = old.get((lead, total.name))
            if total.count == before:
                continue
            rows.append({"lead": lead, "name": total.name, "count": total.count})
            increase = total.count - before if before is not None else min(total.count, 1)
            if increase > 0 and total.last_at is not None:
                source = f"total:{total.name}:{total.count}"
                dated.append(TouchRecord(source, record.id, total.kind, total.last_at, count=increase))
    replace(tx, totals, ("lead", "name"), rows)
    store_touches(dated, intake, tx)


def _total_rows(tx: Connection, lead_keys: Collection[int]) -> dict[tuple[int, str], int]:
    return {
        (row["lead"], row["name"]): row["count"]
        for keys in chunks(list(lead_keys))
        for row in tx.execute(select(totals).where(totals.c.lead.in_(keys))).mappings()
    }
