"""The shortest list of faults that still breaks a promise, and what happened around the moment at which it broke."""

from collections.abc import Callable, Sequence

from proofs.simulation.simulate import Simulated, simulate

_AROUND = 40
"""Lines of the trace that are shown, the last before the end of the trouble."""


def minimised(broken: Simulated, *, play: Callable[..., Simulated] = simulate) -> Simulated:
    """Leave out faults as long as some promise of the same kind is still broken; gives the shortest failing one.

    Each fault has its place in time or count, so the others stay where they are.
    """
    kinds = _kinds(broken)
    best = broken
    size = max(len(broken.faults) // 2, 1)
    while best.faults:
        shorter = _without_some(best, kinds, size, play)
        if shorter is not None:
            best = shorter
        elif size == 1:
            break
        size = max(min(size // 2 if shorter is None else size, len(best.faults)), 1)
    return best


def _without_some(best: Simulated, kinds: set[str], size: int, play: Callable[..., Simulated]) -> Simulated | None:
    for begin in range(0, len(best.faults), size):
        kept = (*best.faults[:begin], *best.faults[begin + size :])
        tried = play(best.seed, faults=kept)
        if _kinds(tried) & kinds:
            return tried
    return None


def _kinds(one: Simulated) -> set[str]:
    """Name the promises that were broken, by their first word."""
    return {bad.split()[0] for bad in one.bad}


def told(one: Simulated) -> str:
    """Tell a failing seed: how to replay it, what went wrong, and the end of its trace."""
    numbers = ",".join(str(fault.number) for fault in one.faults)
    lines = [
        f"seed {one.seed}: {one.play.runbook} {one.play.mode.value}, {', '.join(one.ends)}",
        *(f"  ! {bad}" for bad in one.bad[:_MOST]),
        f"  replay: python -m proofs.simulation {one.seed} --only {numbers or 'none'}",
        *(f"  {fault}" for fault in one.faults),
        *(f"  | {line}" for line in _around(one.trace)),
    ]
    return "\n".join(lines)


_MOST = 6


def _around(trace: Sequence[str]) -> Sequence[str]:
    return trace[-_AROUND:]
