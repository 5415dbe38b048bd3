"""Defects put into drd on purpose, to see that the simulation finds them: each is a promise's one guard taken away."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from drd.actions.asr_test_cleanup import ACTION as CLEANUP
from drd.daemon.catalogue import _BoundAction
from drd.domain import due
from drd.domain.events import Kind
from drd.domain.ids import StepId
from drd.domain.plan import Step
from drd.domain.progress import Progress, StepProgress
from drd.engine import controls
from drd.engine.notes import Note
from drd.engine.orders import Order
from drd.engine.scribe import Scribe
from drd.engine.settling import Settling
from drd.ports.action import Absent, Present, Sighting
from drd.providers.azure.sending import Answered, Sender
from drd.store.dispatcher import StoredDispatcher

Patch = tuple[object, str, object]


async def _absent(*_arguments: object) -> Absent:
    return Absent()


async def _at_once(_scribe: Scribe) -> None:
    return None


async def _sent_again(self: Sender, call: Callable[..., Any], **how: Any) -> Answered:  # noqa: ANN401 - as Sender.send
    try:
        return await _SEND(self, call, **how)
    except Exception:  # noqa: BLE001 - whatever went wrong: that is the defect
        return await _SEND(self, call, **how)


async def _not_settled(self: Settling) -> Sighting:
    return await self.look()


async def _gone(*_arguments: object) -> Present:
    return Present()


def _never(_progress: Progress) -> bool:
    return False


def _first(queue: deque[Step], _steps: Mapping[StepId, StepProgress]) -> Step | None:
    return queue[0] if queue else None


def _oldest_first(self: Progress) -> list[StepProgress]:
    return _UNDOABLE(self)[::-1]


def _noted(_progress: Progress, _order: Order, *, graceful: bool) -> tuple[Note, ...]:
    return (Note(kind=Kind.RUN_NOTE, payload={"step": None, "graceful": graceful}),)


def _none(_dispatcher: StoredDispatcher) -> float:
    return 0.0


_SEND = Sender.send
_UNDOABLE = Progress.undoable
_MISSING = object()

DEFECTS: Mapping[str, tuple[Patch, ...]] = {
    "looks and never sees anything": ((_BoundAction, "look", _absent),),
    "sends before its intent is durable": ((Scribe, "durable", _at_once),),
    "sends again when an answer was lost": ((Sender, "send", _sent_again),),
    "looks once after a lost answer": ((Settling, "after_sending", _not_settled),),
    "goes on while it is paused": ((Progress, "standstill", property(_never)),),
    "takes a clean-up for done": ((type(CLEANUP.action), "act", _gone), (type(CLEANUP.action), "verify", _gone)),
    "begins what is held": ((due, "_next_pending", _first),),
    "takes back the oldest first": ((Progress, "undoable", _oldest_first),),
    "takes one order for another": ((controls, "_grace", _noted),),
    "looks for runs without a pause": ((StoredDispatcher, "_seconds", _none),),
}
"""What is put in the place of what, by what it makes drd do."""


@contextmanager
def defect(name: str) -> Iterator[None]:
    """Let drd have a defect."""
    patches = DEFECTS[name]
    before = [(owner, member, vars(owner).get(member, _MISSING)) for owner, member, _ in patches]
    for owner, member, value in patches:
        setattr(owner, member, value)
    try:
        yield
    finally:
        for owner, member, value in before:
            if value is _MISSING:
                delattr(owner, member)
            else:
                setattr(owner, member, value)
