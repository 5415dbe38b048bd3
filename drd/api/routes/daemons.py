"""The daemons that share a database: see them, and let one give its runs to the others."""

from fastapi import APIRouter

from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.daemons import DaemonCardShape, DrainBody
from drd.operations.drain_daemon import DrainWish
from drd.ports.daemons import DaemonCard

router = APIRouter(tags=["daemons"])


@router.get("/daemons")
async def daemons(use: Asked, caller: Caller) -> list[DaemonCardShape]:
    """List the daemons by name."""
    return [_shape(card) for card in await use.list_daemons(caller)]


@router.post("/daemons/{daemon}/drain")
async def drain(use: Asked, caller: Caller, daemon: str, body: DrainBody) -> DaemonCardShape:
    """Let a daemon take no more runs and give back those it has; `own` means the one that is asked."""
    return _shape(await use.drain_daemon(caller, DrainWish(daemon=_name(daemon), sure=body.sure)))


@router.post("/daemons/{daemon}/resume")
async def resume(use: Asked, caller: Caller, daemon: str) -> DaemonCardShape:
    """Let a daemon take runs again."""
    return _shape(await use.drain_daemon(caller, DrainWish(daemon=_name(daemon), drain=False)))


def _name(given: str) -> str:
    return "" if given == "own" else given


def _shape(card: DaemonCard) -> DaemonCardShape:
    return DaemonCardShape(
        id=card.id,
        host=card.host,
        version=card.version,
        state=card.state,
        runs=card.runs,
        most_runs=card.most_runs,
        up_seconds=round(card.up_seconds, 1),
        seen_seconds_ago=round(card.seen_seconds_ago, 1),
        own=card.own,
    )


ROUTES = Routes(router)
