"""Defects put into drd on purpose, to see that the simulation finds them: each is a promise's one guard taken away."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from drd.actions.asr_test_cleanup import ACTION as CLEANUP
from drd.daemon.catalogue import _BoundAction
from drd.domain.progress import Progress
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


def _none(_dispatcher: StoredDispatcher) -> float:
    return 0.0


_SEND = Sender.send
_MISSING = object()

DEFECTS: Mapping[str, tuple[Patch, ...]] = {
    "looks and never sees anything": ((_BoundAction, "look", _absent),),
    "sends before its intent is durable": ((Scribe, "durable", _at_once),),
    "sends again when an answer was lost": ((Sender, "send", _sent_again),),
    "looks once after a lost answer": ((Settling, "after_sending", _not_settled),),
    "goes on while it is paused": ((Progress, "standstill", property(_never)),),
    "takes a clean-up for done": ((type(CLEANUP.action), "act", _gone), (type(CLEANUP.action), "verify", _gone)),
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
