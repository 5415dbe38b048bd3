"""Questions only, each asked once for a whole evaluation, whoever wants the answer."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from drd.domain.errors import NotFoundError, RefusedError
from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Offer, Provider
from drd.ports.catalogue import ActionCatalogue, CheckCatalogue
from drd.ports.clock import Clock
from drd.ports.reach import HttpAnswer, Reach
from drd.ports.replication import REPLICATION, ReplicatedItem

Collected: TypeAlias = Mapping[tuple[Mechanism, str], tuple[RecoveryPoint, ...]]
"""Points that a collection saw a short while ago, by mechanism and the key of the source's id."""

QUESTIONS = frozenset(
    {
        "barriers",
        "disk",
        "disks",
        "facts",
        "get",
        "held",
        "host",
        "hosts",
        "interface",
        "items",
        "jobs",
        "list",
        "points",
        "pool",
        "pools",
        "profile",
        "quotas",
        "registered",
        "reservation",
        "reservations",
        "resources",
        "sessions",
        "sizes",
        "tagged",
        "workspace",
    }
)
"""The methods of capabilities that change nothing; every other one is refused here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Whom an evaluation may ask.

    Attributes:
        standing: the cloud under the identity that observes; what is the same for everybody is asked under it, once.
        failover: the cloud under the other identity, which is asked about its own rights only.
    """

    standing: Provider
    failover: Provider
    reach: Reach
    drill_reach: Reach
    actions: ActionCatalogue
    checks: CheckCatalogue
    clock: Clock


class _Once:
    """Gives the answer that was given before to the same question; a refusal too."""

    def __init__(self) -> None:
        self._answers: dict[Any, asyncio.Future[Any]] = {}

    async def ask(self, key: Any, question: Callable[[], Any]) -> Any:  # noqa: ANN401 - any answer of any capability
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = asyncio.ensure_future(question())
        return await asyncio.shield(found)


class _Questions:
    """A capability of which only the questions are left."""

    def __init__(self, name: str, answer: object, once: _Once) -> None:
        self._name = name
        self._answer = answer
        self._once = once

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401 - stands for any capability
        if method not in QUESTIONS:
            raise RefusedError(
                f"readiness asks, and {self._name}.{method} does more",
                hint="a check that changes something is no check",
                code="only-questions",
            )
        ask = getattr(self._answer, method)

        async def asked(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as above
            key = (self._name, method, given, tuple(sorted(named.items())))
            return await self._once.ask(key, lambda: ask(*given, **named))

        return asked


class _ReplicationQuestions(_Questions):
    """Site Recovery by one list a vault: an item is found in it, and its points are those that were collected."""

    def __init__(self, answer: object, once: _Once, collected: Collected) -> None:
        super().__init__(REPLICATION.name, answer, once)
        self._collected = collected

    async def item(self, vault: ArmId, name: str) -> ReplicatedItem:
        items: tuple[ReplicatedItem, ...] = await self.items(vault)
        wanted = name.casefold()
        for each in items:
            if wanted in {each.name.casefold(), each.source.name.casefold()}:
                return each
        raise NotFoundError(f"the vault does not replicate {name}", target=str(vault), hint="see `drd item list`")

    async def points(self, item: ReplicatedItem) -> tuple[RecoveryPoint, ...]:
        known = self._collected.get((Mechanism.SITE_RECOVERY, item.source.key))
        if known is not None:
            return known
        found: tuple[RecoveryPoint, ...] = await self.__getattr__("points")(item)
        return found


class _GuestQuestions:
    """Guests, each asked once."""

    def __init__(self, reach: Reach, once: _Once) -> None:
        self._reach = reach
        self._once = once

    async def connect(self, host: str, port: int, *, limit: timedelta) -> None:
        await self._once.ask((id(self), "connect", host, port), lambda: self._reach.connect(host, port, limit=limit))

    async def get(self, url: str, *, limit: timedelta) -> HttpAnswer:
        found: HttpAnswer = await self._once.ask((id(self), "get", url), lambda: self._reach.get(url, limit=limit))
        return found

    async def resolve(self, host: str, *, limit: timedelta) -> tuple[str, ...]:
        found: tuple[str, ...] = await self._once.ask(
            (id(self), "resolve", host), lambda: self._reach.resolve(host, limit=limit)
        )
        return found


def asking_once(world: World, collected: Collected) -> World:
    """Give a world of which every question is asked once, and nothing but questions can be asked.

    Args:
        world: what is really asked.
        collected: points that need not be asked for, because a collection saw them.
    """
    guests = _Once()
    return World(
        standing=_questions(world.standing, collected),
        failover=_questions(world.failover, collected),
        reach=_GuestQuestions(world.reach, guests),
        drill_reach=_GuestQuestions(world.drill_reach, guests),
        actions=world.actions,
        checks=world.checks,
        clock=world.clock,
    )


def _questions(provider: Provider, collected: Collected) -> Provider:
    once = _Once()
    return Provider(
        name=provider.name,
        offers=tuple(
            Offer(
                offer.name,
                _ReplicationQuestions(offer.answer, once, collected)
                if offer.name == REPLICATION.name
                else _Questions(offer.name, offer.answer, once),
            )
            for offer in provider.offers
        ),
    )
