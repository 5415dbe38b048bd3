"""Which rungs an item can climb, and how: by a restore of its own, by its runbook's drill, or not at all."""

from dataclasses import dataclass

from drd.domain.climbing import Climb, asked_rungs
from drd.domain.ladder import Rung

_BY_DRILL = (Rung.L4, Rung.L5)
"""What a drill proves of every copy that it makes: that it stands, and that its service answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysUp:
    """How the rungs that need a restore can be proven of one item.

    Attributes:
        restored: by a restore that drd makes for it, `drd backup verify`.
        drilled: by the drill of its service's runbook only.
        never: by nothing that is there; they stay unknown, and are never shown as proven.
    """

    restored: tuple[Rung, ...]
    drilled: tuple[Rung, ...]
    never: tuple[Rung, ...]

    @property
    def sentence(self) -> str:
        """Say it for people."""
        parts = (
            (self.restored, "by a restore"),
            (self.drilled, "by the drill of its runbook"),
            (self.never, "by nothing that is there"),
        )
        return "; ".join(f"{', '.join(rungs)} {how}" for rungs, how in parts if rungs)


def ways_up(climb: Climb) -> WaysUp:
    """Tell the ways of an item, whatever rung the climb asks for.

    Site Recovery and copied snapshots keep no point that drd restores by itself, so L2, L3 and L6 cannot be asked of
    what is only replicated or copied: a test failover boots at once, and nobody has looked at the disks before.
    """
    whole = Climb(tenant=climb.tenant, service=climb.service, item=climb.item, to=Rung.L6)
    restored = asked_rungs(whole)
    drilled = tuple(rung for rung in _BY_DRILL if rung not in restored) if climb.service.runbook else ()
    known = {*restored, *drilled}
    return WaysUp(
        restored=restored,
        drilled=drilled,
        never=tuple(rung for rung in Rung if rung.restores and rung not in known),
    )
