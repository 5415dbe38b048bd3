"""The daemon itself, and who the caller is to it."""

from fastapi import APIRouter

from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.daemon import ActorShape, DaemonShape

router = APIRouter(tags=["daemon"])


@router.get("/daemon")
async def daemon(use: Asked, caller: Caller) -> DaemonShape:
    """Show the daemon's release, clock and journal, and who asks."""
    view = await use.show_daemon(caller)
    return DaemonShape(
        version=view.version,
        now=view.now,
        journal=view.trouble or "writable",
        active_runs=view.active_runs,
        metrics=view.metrics,
        actor=ActorShape(
            name=view.actor.name,
            roles=tuple(sorted(role.value for role in view.actor.roles)),
            contacts=tuple(sorted(view.actor.contacts)),
        ),
    )


ROUTES = Routes(router)
