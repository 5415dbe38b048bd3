"""Renders everything for a scrape, and hears what the process's own instruments count."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TypeVar

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics_core import Metric

from drd.metrics.catalogued import catalogued
from drd.metrics.exposition import Form
from drd.metrics.family import About, Ears, Family, Process, Reading
from drd.metrics.items import items_of
from drd.metrics.reader import Reader
from drd.ports.capabilities import SentRequest
from drd.ports.clock import Clock
from drd.ports.observer import Seen
from drd.ports.readings import Readings
from drd.ports.runbooks import Runbooks
from drd.ports.services import Services
from drd.ports.timetable import Timetable
from drd.ports.vitals import DaemonEars, Vitals

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """What a scrape is answered with."""

    body: bytes
    content_type: str


class Exporter:
    """The one thing that knows all families. It is an observer of runs and is told of requests to Azure."""

    def __init__(
        self,
        families: Iterable[Family],
        *,
        about: About,
        readings: Readings,
        services: Services,
        runbooks: Runbooks,
        timetable: Timetable,
        clock: Clock,
        exports_domain: Callable[[], bool],
        store_silent: Callable[[], bool] = lambda: False,
        items: str | None = None,
        vitals: Callable[[], Vitals] = Vitals,
    ) -> None:
        """Enter the process's own instruments.

        `exports_domain` says whether this daemon holds the exporter lease; `store_silent` whether nobody can know who
        does, because the store does not answer; `items` is `wanted` of `items_of`; `vitals`
        tells how this daemon stands, and is cheap.
        """
        self._reader = Reader(readings, clock)
        self._services = services
        self._runbooks = runbooks
        self._timetable = timetable
        self._clock = clock
        self._exports_domain = exports_domain
        self._store_silent = store_silent
        self._items = items
        self._vitals = vitals
        # Nobody asks when a counter was made, and it would be a series more for each of them.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library forgot to annotate this one
        self._process = CollectorRegistry(auto_describe=True)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._process)
        listed = tuple(families)
        process = Process(self._process, about)
        self._ears: tuple[Ears, ...] = tuple(family.count(process) for family in listed if family.count)
        self._readers = tuple(family.read for family in listed if family.read)
        self._substitutes = tuple(family.away for family in listed if family.away)
        self._tellers = tuple(family.tell for family in listed if family.tell)
        self._scraped = _all(each.scraped for each in self._ears)
        self.ears = DaemonEars(
            answered=_all(each.answered for each in self._ears),
            committed=_all(each.committed for each in self._ears),
            lagged=_all(each.lagged for each in self._ears),
        )

    def saw(self, seen: Seen) -> None:
        """Count a durable event of a run."""
        for ears in self._ears:
            if ears.saw:
                ears.saw(seen)

    def sent(self, request: SentRequest) -> None:
        """Count a request that left drd."""
        for ears in self._ears:
            if ears.sent:
                ears.sent(request)

    def form(self, accept: str) -> str:
        """Give the content type that a scraper gets who accepts these: one of two."""
        return Form.of(accept).content_type

    async def render(self, accept: str) -> Page:
        """Render in the format that the scraper accepts.

        The store may be away, or silent: then nothing of the estate is told as if it were still so, but
        `drd_store_readable` and the success of the collector `store` are 0. The process's own families are told always.
        """
        began = asyncio.get_running_loop().time()
        form = Form.of(accept)
        domain = await self._domain()
        vitals = self._vitals()
        # Each family is made when its turn comes, and gone when it is written: a large page is never there twice.
        own = (family for tell in self._tellers for family in tell(vitals))
        body = await form.page(chain(self._process.collect(), own, domain))
        self._scraped(asyncio.get_running_loop().time() - began)
        return Page(body, form.content_type)

    async def _domain(self) -> Iterable[Metric]:
        if not self._exports_domain():
            return self._away() if self._store_silent() else []
        found = await self._reader.read()
        if found is None:
            return self._away()
        now, tenants = self._clock.now(), self._services.tenants()
        figures = catalogued(found, tenants)
        reading = Reading(
            now=now,
            figures=figures,
            tenants=tenants,
            runbooks=self._runbooks.list(),
            items=items_of(figures, tenants, wanted=self._items, now=now),
            schedules=tuple([(card, self._next(card.id)) for card in self._timetable.cards()]),
        )
        return (family for read in self._readers for family in read(reading))

    def _away(self) -> list[Metric]:
        collection = self._reader.failed()
        return [family for tell in self._substitutes for family in tell(collection)]

    def _next(self, schedule: str) -> datetime | None:
        following = self._timetable.following(schedule)
        return following.starts_at if following else None


def _all(hears: Iterable[Callable[[T], None] | None]) -> Callable[[T], None]:
    wanted = tuple(hear for hear in hears if hear)

    def tell(what: T) -> None:
        for hear in wanted:
            hear(what)

    return tell
