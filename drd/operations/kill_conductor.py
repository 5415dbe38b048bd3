"""Let a drill end the daemon that moves it, once: only where that harms nobody and somebody starts it again."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from drd.domain.conductor import KillWish
from drd.domain.errors import InvalidError, RefusedError
from drd.domain.plan import Mode
from drd.ports.conductor import Conductor
from drd.ports.journal import Journal, RunFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class KillOrder:
    """What a person wants of a drill's daemon.

    Attributes:
        seed: draws the step as another run's did; empty for a new draw.
        among_others: also while other drills are under way. Never while a failover or failback is.
    """

    seed: str = ""
    among_others: bool = False


LONGEST_SEED = 64


def _new_seed() -> str:
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class KillConductor:
    """Judges the wish at the start. Whoever moves the run judges again, at the very moment."""

    journal: Journal
    conductor: Conductor | None
    new_seed: Callable[[], str] = _new_seed

    async def __call__(self, order: KillOrder, mode: Mode) -> KillWish:
        """Give the wish as the engine takes it.

        Raises:
            InvalidError: the seed is too long.
            RefusedError: with the code `kill-refused`: no drill; nobody starts this daemon again; others are under way.
        """
        if mode is not Mode.DRILL:
            raise _refused(f"a {mode.value} never ends its daemon on purpose", "start it without --kill-conductor")
        if len(order.seed) > LONGEST_SEED:
            raise InvalidError(f"a seed has at most {LONGEST_SEED} characters", target=order.seed[:LONGEST_SEED])
        if self.conductor is None or not self.conductor.restarted_by:
            raise _refused(
                "nothing that is known of starts this daemon again",
                "run it under systemd or Kubernetes, or say in the settings that it is: daemon: {restarted: true}",
            )
        await self._check_alone(among_others=order.among_others)
        return KillWish(seed=order.seed or self.new_seed(), among_others=order.among_others)

    async def _check_alone(self, *, among_others: bool) -> None:
        active = await self.journal.runs(RunFilter(active=True))
        real = next((card for card in active if card.mode is not Mode.DRILL), None)
        if real is not None:
            raise _refused(f"a {real.mode.value} is under way: {real.id}", "wait until it is over")
        if active and not among_others:
            raise _refused(
                f"another drill is under way: {active[0].id}", "wait until it is over, or add --among-others"
            )


def _refused(message: str, hint: str) -> RefusedError:
    return RefusedError(f"the daemon is not ended: {message}", hint=f"{hint}; nothing was started", code="kill-refused")
