"""Drills that end badly, a reaper that comes by, and production that looks just like a drill (T23)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import structlog.testing

from drd.daemon.one_process import one_process
from drd.daemon.reaper import reaper_of
from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.drill_seal import DrillSeal
from drd.domain.reaping import Reaped
from drd.operations.reap import Book, Reap
from proofs.stage import EPOCH, Stage, sample_configuration

T = TypeVar("T")

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
SEAL = DrillSeal(b"only the daemon and the reaper know this key")
_GROUPS = "?api-version=2021-04-01"
_LOCKS = "providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01"


@contextlib.asynccontextmanager
async def stage_with_a_reaper(*, seed: int = 1) -> AsyncIterator[tuple[Stage, Reap]]:
    """Set a stage whose drills are sealed, with a reaper beside it."""
    configuration = sample_configuration()
    async with contextlib.AsyncExitStack() as stack:
        world = await stack.enter_async_context(one_process(configuration, epoch=EPOCH, seed=seed, spread=0, seal=SEAL))
        around = world.around
        reaper = await stack.enter_async_context(
            reaper_of(configuration, world.clock, seal=SEAL, wire=around.wire, azure=around.azure)
        )
        engine = world.installation.engine
        serving = asyncio.create_task(engine.serve())
        try:
            yield Stage(world), reaper
        finally:
            await engine.drain()
            await serving


def with_a_reaper(play: Callable[[Stage, Reap], Awaitable[T]], *, seed: int = 1) -> T:
    """Play something on such a stage, in virtual time."""

    async def played() -> T:
        async with stage_with_a_reaper(seed=seed) as (stage, reaper):
            return await play(stage, reaper)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs():
        return runner.run(played())


def book_of(stage: Stage) -> Book:
    """Give what the reaper reads of the daemon's database."""
    return Book(ledger=stage.world.store.ledger, runs=stage.world.store.journal)


def make_group(stage: Stage, name: str, tags: dict[str, str]) -> str:
    """Make a resource group as somebody else who works in the subscription; gives its id."""
    group = f"{SUBSCRIPTION}/resourceGroups/{name}"
    stage.arm("PUT", group + _GROUPS, {"location": "northeurope", "tags": tags})
    return group


def lock(stage: Stage, group: str) -> None:
    """Lock a resource group against deletion."""
    stage.arm("PUT", f"{group}/{_LOCKS}", {"properties": {"level": "CanNotDelete"}})


def unlock(stage: Stage, group: str) -> None:
    """Take the lock away again."""
    stage.arm("DELETE", f"{group}/{_LOCKS}")


def groups(stage: Stage) -> dict[str, dict[str, str]]:
    """Give the resource groups that there are, with their tags."""
    kind = "Microsoft.Resources/resourceGroups"
    return {one.id: dict(one.tags or {}) for one in stage.world.sandbox.world.store.each(kind)}


def told(reaped: tuple[Reaped, ...]) -> dict[str, str]:
    """Give what a pass told, by the name of the thing: its code, or its outcome where it has none."""
    return {each.id.name.casefold(): each.code or each.outcome.value for each in reaped}
