"""Events and cards as rows, and back, exactly."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from drd.domain.abandonment import Abandonment
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.errors import PermanentError
from drd.domain.events import FORMAT, Event, Kind, as_written
from drd.domain.ids import RunbookId, RunId, ServiceId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.ports.journal import RunCard
from drd.store.tables import EVENTS

Row: TypeAlias = dict[str, Any]
"""Values by column, as they are bound."""


def instant_text(instant: datetime | None) -> str | None:
    """Write an instant in UTC to the microsecond; all texts are of one width."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def known_text(instant: datetime) -> str:
    """Write an instant that is there."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant(text: str | None) -> datetime | None:
    """Read an instant that `instant_text` wrote."""
    return datetime.fromisoformat(text) if text else None


def json_text(value: object) -> str:
    """Write JSON for a column. Raises TypeError for what is not JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def event_values(event: Event) -> tuple[Any, ...]:
    """Write an event's columns in the table's order, its instant and its payload in the form that its hash covers."""
    return (
        event.run,
        event.sequence,
        _WORDS[event.kind],
        event.at_text,
        event.step,
        event.attempt,
        event.payload_text,
        event.actor,
        event.reason,
        event.token,
        event.previous,
        event.hash,
        event.format,
    )


def event_row(event: Event) -> Row:
    """Write an event by column."""
    return dict(zip(EVENTS.columns.keys(), event_values(event), strict=True))


_KINDS = {kind.value: kind for kind in Kind}
_WORDS = {kind: kind.value for kind in Kind}
_DECODER = json.JSONDecoder()


def _read(text: str) -> Any:  # noqa: ANN401 - JSON
    # Without `loads`' looks for space around the value, which cost more than a step's own text.
    value, end = _DECODER.raw_decode(text)
    return value if end == len(text) else json.loads(text)


def event_of(row: Sequence[Any]) -> Event:
    """Read an event from its columns in the table's order.

    Raises:
        PermanentError: if a newer drd wrote it: what it says cannot be guessed.
    """
    run, sequence, kind, at, step, attempt, payload, actor, reason, token, previous, digest, form = row
    if form > FORMAT or kind not in _KINDS:
        raise _newer(run, sequence, f"format {form}" if form > FORMAT else f"an event `{kind}`")
    event = Event(
        run=run,
        sequence=sequence,
        kind=_KINDS[kind],
        at=datetime.fromisoformat(at),
        step=step,
        attempt=attempt,
        payload=_read(payload),
        actor=actor,
        reason=reason,
        token=token,
        previous=previous,
        hash=digest,
        format=form,
    )
    return as_written(event, at, payload)


def _newer(run: str, sequence: int, what: str) -> PermanentError:
    return PermanentError(
        f"the journal was written by a newer drd: event {sequence} holds {what}, this drd knows format {FORMAT}",
        target=run,
        hint="start the newer drd; this one leaves the run as it is, and moves the others",
        code="journal-newer",
    )


def card_row(card: RunCard) -> Row:
    """Write what a card says of a run."""
    return {
        "id": card.id,
        "runbook": card.runbook,
        "tenant": card.tenant,
        "service": card.service,
        "mode": card.mode.value,
        "state": card.state.value,
        "plan_hash": card.plan_hash,
        "lock": card.lock,
        "accepted_at": known_text(card.accepted_at),
        "parent": card.parent,
        "priority": card.priority,
        "ended_at": instant_text(card.ended_at),
    }


def card_of(row: Mapping[Any, Any]) -> RunCard:
    """Read a card from a row of the runs' table."""
    return RunCard(
        id=RunId(row["id"]),
        runbook=RunbookId(row["runbook"]),
        tenant=TenantId(row["tenant"]),
        service=ServiceId(row["service"]) if row["service"] is not None else None,
        mode=Mode(row["mode"]),
        state=RunState(row["state"]),
        plan_hash=row["plan_hash"],
        lock=row["lock"],
        accepted_at=datetime.fromisoformat(row["accepted_at"]),
        parent=RunId(row["parent"]) if row["parent"] is not None else None,
        priority=row["priority"],
        ended_at=instant(row["ended_at"]),
        abandoned=Abandonment.from_json(json.loads(row["abandoned"])) if row["abandoned"] else None,
        verdict=DrillVerdict(row["verdict"]) if row["verdict"] else None,
    )
