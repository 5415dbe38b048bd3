"""Makes journals to keep: runs a shape to its end, and again up to some moments, and writes down what was there."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.plan_json import plan_from_json
from drd.domain.progress import Progress, StepProgress, fold
from drd.ports.journal import RunCard
from drd.ports.ledger import Entry
from tests.fakes.engine_house import House
from tests.golden.shapes import RUN, SHAPES, Shape, person

_MOMENTS = 6
_NOTHING: tuple[object, ...] = (0, "", None, [], {})

Line = dict[str, Any]


async def make(name: str, *, written_by: str) -> list[Line]:
    """Give the lines of the file that keeps this shape's journal."""
    shape = SHAPES[name]
    whole = await _run(shape, freeze_after=None)
    total = whole.journal.written
    order: list[RunId] = []
    moments: list[Line] = []
    for after in range(1, total):
        house = await _run(shape, freeze_after=after)
        for run, events in house.journal.stored.items():
            if [event.hash for event in events] != [each.hash for each in whole.journal.stored[run][: len(events)]]:
                raise ValueError(f"shape {name} is not the same each time: run {run} after {after} events")
            order += [run] * (len(events) - order.count(run))
        if after in {1 + total * place // _MOMENTS for place in range(_MOMENTS)}:
            moments.append({"moment": _moment(house, shape)})
    for run, stored in whole.journal.stored.items():
        order += [run] * (len(stored) - order.count(run))
    rests = {run: iter(stored) for run, stored in whole.journal.stored.items()}
    return [
        {"shape": name, "written-by": written_by},
        *({"card": _card_json(card)} for card in whole.journal.cards.values()),
        *({"hash": digest, "plan": body} for digest, body in whole.journal.plans.items()),
        *({"event": _event_json(next(rests[run]))} for run in order),
        *moments,
        {"expected": {run: told(_progress(whole, run)) for run in whole.journal.stored}},
    ]


def told(progress: Progress) -> Line:
    """Tell a fold: where run and steps stand, what they gave, and why."""
    return {
        "state": progress.state.value,
        "sequence": progress.sequence,
        "steps": {
            each.step.id: {name: value for name, value in _step(each).items() if value not in _NOTHING}
            for each in progress.steps.values()
        },
    }


def _step(each: StepProgress) -> Line:
    return {
        "state": each.state.value,
        "attempt": each.attempt,
        "tries": each.tries,
        "outputs": _plain(each.outputs),
        "failure": _plain(each.failure),
        "question": each.question,
        "child": each.child,
        "approvals": [[actor, at.isoformat()] for actor, at in each.approvals],
        "doubt-since": each.doubt_since.isoformat() if each.doubt_since else None,
    }


async def _run(shape: Shape, *, freeze_after: int | None) -> House:
    house = House()
    house.journal.freeze_after = freeze_after
    house.journal.swallow = True
    for (name, method), wrong in shape.wrong.items():
        house.world.script(name, method, *wrong)
    wish = {"incident_at": house.clock.now() - timedelta(minutes=10), **shape.wish}
    serving = asyncio.create_task(house.engine.serve())
    tasks = [serving, asyncio.create_task(_started(house, shape, wish))]
    ending = tasks[1] if freeze_after is None else asyncio.create_task(house.journal.frozen.wait())
    done, _ = await asyncio.wait({serving, ending}, return_when=asyncio.FIRST_COMPLETED)
    assert ending in done, serving
    if freeze_after is None:
        ending.result()
    for task in (*tasks, ending):
        task.cancel()
    return house


async def _started(house: House, shape: Shape, wish: Mapping[str, Any]) -> None:
    await house.start(shape.plan, **wish)
    async with asyncio.timeout(20):
        await person(house, shape)
        await house.engine.over(RUN)


def _progress(house: House, run: RunId) -> Progress:
    plan: Any = house.journal.plans[str(house.journal.stored[run][0].payload["plan"])]
    return fold(plan_from_json(plan), house.journal.stored[run])


def _moment(house: House, shape: Shape) -> Line:
    durable = {run: len(events) for run, events in house.journal.stored.items()}
    return {
        "durable": durable,
        "now": house.clock.now().isoformat(),
        "sent": list(house.world.sent),
        "effects": {
            name: {
                "started-at": effect.operation.started_at.isoformat(),
                "ends-at": effect.ends_at.isoformat(),
                "request-id": effect.operation.request_id,
                "times": effect.times,
            }
            for name, effect in house.world.effects.items()
        },
        "wrong-left": {f"{name} {method}": len(house.world.scripts[name, method]) for name, method in shape.wrong},
        "ledger": [_entry_json(entry) for entry in house.ledger.entries],
        "states": {run: told(_progress(house, run)) for run in durable},
    }


def _entry_json(entry: Entry) -> Line:
    return {
        "id": entry.id.text,
        "kind": entry.kind,
        "run": entry.run,
        "step": entry.step,
        "tenant": entry.tenant,
        "recorded-at": entry.recorded_at.isoformat(),
        "keep": entry.keep,
        "expires-at": entry.expires_at.isoformat() if entry.expires_at else None,
        "item": entry.item,
        "details": dict(entry.details),
        "removed-at": entry.removed_at.isoformat() if entry.removed_at else None,
    }


def _event_json(event: Event) -> Line:
    return {**event.to_json(), "hash": event.hash}


def _card_json(card: RunCard) -> Line:
    return {
        "id": card.id,
        "runbook": card.runbook,
        "tenant": card.tenant,
        "service": card.service,
        "mode": card.mode.value,
        "state": card.state.value,
        "plan-hash": card.plan_hash,
        "lock": card.lock,
        "accepted-at": card.accepted_at.isoformat(),
        "parent": card.parent,
        "priority": card.priority,
        "ended-at": card.ended_at.isoformat() if card.ended_at else None,
    }


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
