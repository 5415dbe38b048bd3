"""How a run ended, as an exit code: of itself and of every run that it started."""

from collections.abc import Iterator

from drd.api.wire.runs import RunDetailShape, RunShape
from drd.cli.exits import Exit
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.lifecycle import RunState


def family(run: RunDetailShape) -> Iterator[RunDetailShape]:
    """Give a run and all runs under it, parents first."""
    yield run
    for child in run.children:
        yield from family(child)


def is_unconfirmed(run: RunShape) -> bool:
    """Say whether a run is a drill that is over and whose end was not looked at twice: it has no verdict yet."""
    return run.verdict == DrillVerdict.UNCONFIRMED.value


def is_over(run: RunDetailShape) -> bool:
    """Say whether nothing is to be waited for any more."""
    return run.run.state.final and not is_unconfirmed(run.run)


def exit_of_run(run: RunDetailShape) -> Exit:
    """Give 0 where all is green and met, 7 green but an objective missed or unknown, 6 not green, 8 not over.

    A drill is green by its verdict; that its run succeeded is not enough.
    """
    if not is_over(run):
        return Exit.UNFINISHED
    if any(each.run.state is not RunState.SUCCEEDED or _is_bad(each.run) for each in family(run)):
        return Exit.NOT_SUCCEEDED
    return Exit.OK if all(each.figures.met for each in family(run)) else Exit.MISSED


def _is_bad(run: RunShape) -> bool:
    return run.verdict is not None and not DrillVerdict(run.verdict).green
