"""Journals kept as data: one file a run, one JSON text a line, readable without drd.

The lines: a head (`shape`, `written-by`), `card` and `plan` of each run, each `event` in the order of the journal, what
the world and the fold looked like when so many events were durable (`moment`), and what the fold gives in the end
(`expected`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from drd.domain.events import Event
from drd.domain.ids import ArmId, ItemId, RunbookId, RunId, ServiceId, StepId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, RecoveryPlan
from drd.domain.plan_json import plan_from_json
from drd.ports.capabilities import Operation
from drd.ports.journal import RunCard
from drd.ports.ledger import Entry
from tests.fakes.engine_house import House
from tests.fakes.scripted_world import Effect
from tests.golden.shapes import SHAPES

FOLDER = Path(__file__).parent / "journals"
Line = dict[str, Any]


@dataclass(slots=True)
class Golden:
    """One kept journal."""

    shape: str
    written_by: str
    cards: dict[RunId, RunCard] = field(default_factory=dict)
    plans: dict[str, RecoveryPlan] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    moments: list[Line] = field(default_factory=list)
    expected: Line = field(default_factory=dict)

    def of(self, run: RunId, *, up_to: Line | None = None) -> list[Event]:
        """Give a run's events, all or up to a moment."""
        events = [event for event in self.events if event.run == run]
        return events if up_to is None else events[: up_to["durable"].get(run, 0)]


def kept() -> Iterator[Path]:
    """Give the files."""
    yield from sorted(FOLDER.glob("*.jsonl"))


def read(path: Path) -> Golden:
    """Read one file."""
    lines = [json.loads(text) for text in path.read_text("utf-8").splitlines()]
    golden = Golden(lines[0]["shape"], lines[0]["written-by"])
    for line in lines[1:]:
        if "card" in line:
            card = _card(line["card"])
            golden.cards[card.id] = card
        elif "plan" in line:
            golden.plans[line["hash"]] = plan_from_json(line["plan"])
        elif "event" in line:
            golden.events.append(Event.from_json(line["event"]))
        elif "moment" in line:
            golden.moments.append(line["moment"])
        else:
            golden.expected = line["expected"]
    return golden


def set_scene(house: House, golden: Golden, moment: Line) -> None:
    """Make the world of a house as it was at that moment; the journal is the caller's."""
    shape, now = SHAPES[golden.shape], datetime.fromisoformat(moment["now"])
    assert house.clock.now() <= now
    house.clock._now = now
    for name, effect in moment["effects"].items():
        operation = Operation(
            kind="fake",
            target=name,
            started_at=datetime.fromisoformat(effect["started-at"]),
            request_id=effect["request-id"],
        )
        house.world.effects[name] = Effect(operation, datetime.fromisoformat(effect["ends-at"]), effect["times"])
    house.world.sent.extend((name, operation) for name, operation in moment["sent"])
    for (name, method), wrong in shape.wrong.items():
        left = moment["wrong-left"].get(f"{name} {method}", 0)
        house.world.script(name, method, *wrong[len(wrong) - left :])


def entries(moment: Line) -> tuple[Entry, ...]:
    """Give what the ledger held at that moment."""
    return tuple(
        Entry(
            id=ArmId(each["id"]),
            kind=each["kind"],
            run=RunId(each["run"]),
            step=StepId(each["step"]),
            tenant=TenantId(each["tenant"]),
            recorded_at=datetime.fromisoformat(each["recorded-at"]),
            keep=each["keep"],
            expires_at=_instant(each["expires-at"]),
            item=ItemId(each["item"]) if each["item"] else None,
            details=each["details"],
            removed_at=_instant(each["removed-at"]),
        )
        for each in moment["ledger"]
    )


def _card(stored: Line) -> RunCard:
    return RunCard(
        id=RunId(stored["id"]),
        runbook=RunbookId(stored["runbook"]),
        tenant=TenantId(stored["tenant"]),
        service=ServiceId(stored["service"]) if stored["service"] else None,
        mode=Mode(stored["mode"]),
        state=RunState(stored["state"]),
        plan_hash=stored["plan-hash"],
        lock=stored["lock"],
        accepted_at=datetime.fromisoformat(stored["accepted-at"]),
        parent=RunId(stored["parent"]) if stored["parent"] else None,
        priority=stored["priority"],
        ended_at=_instant(stored["ended-at"]),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
