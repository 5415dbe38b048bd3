"""Reads the store for a scrape: in time or not at all, and never twice at once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from drd.domain.errors import DrdError
from drd.domain.ids import TenantId
from drd.ports.clock import Clock
from drd.ports.inventory import Collection
from drd.ports.readings import Figures, Readings

STORE = "store"
"""The collector that reads the store. It is of no tenant."""
_DEADLINE_SECONDS = 1.5
"""Host time that a scrape waits for the store, so that it is answered within two seconds whatever happens."""


class Reader:
    """Takes figures. Scrapes that come at once share one reading; one that is late is never told as fresh."""

    def __init__(self, readings: Readings, clock: Clock) -> None:
        """Read through this port; the clock is the world's."""
        self._readings = readings
        self._clock = clock
        self._task: asyncio.Task[Figures | None] | None = None
        self._until = 0.0
        self._last_success_at: datetime | None = None

    async def read(self) -> Figures | None:
        """Give the figures, among their collections how this reading went; None when the store does not tell them."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._figures())
            self._until = loop.time() + _DEADLINE_SECONDS
        task = self._task
        # Not cancelled when it is late: it could not be, in a thread, and another one would only wait beside it.
        await asyncio.wait({task}, timeout=max(self._until - loop.time(), 0.0))
        return task.result() if task.done() else None

    def failed(self) -> Collection:
        """Tell that the store could not be read now, and when it last could."""
        return self._collection(succeeded=False)

    async def _figures(self) -> Figures | None:
        began, until = self._clock.now(), asyncio.get_running_loop().time() + _DEADLINE_SECONDS
        try:
            figures = await self._readings.figures()
        except DrdError:
            return None
        if asyncio.get_running_loop().time() > until:
            return None
        self._last_success_at = self._clock.now()
        told = self._collection(succeeded=True, took=self._last_success_at - began)
        return replace(figures, collections=(*figures.collections, told))

    def _collection(self, *, succeeded: bool, took: timedelta = timedelta(0)) -> Collection:
        return Collection(
            collector=STORE,
            tenant=TenantId(""),
            at=self._clock.now(),
            succeeded=succeeded,
            took=took,
            last_success_at=self._last_success_at,
        )
