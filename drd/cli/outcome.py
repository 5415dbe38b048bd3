"""How a run ended, as an exit code: of itself and of every run that it started."""

from collections.abc import Iterator

from drd.api.wire.runs import RunDetailShape
from drd.cli.exits import Exit
from drd.domain.lifecycle import RunState


def family(run: RunDetailShape) -> Iterator[RunDetailShape]:
    """Give a run and all runs under it, parents first."""
    yield run
    for child in run.children:
        yield from family(child)


def exit_of_run(run: RunDetailShape) -> Exit:
    """Give 0 where all is green and met, 7 green but an objective missed or unknown, 6 not green, 8 not over."""
    if not run.run.state.final:
        return Exit.UNFINISHED
    if any(each.run.state is not RunState.SUCCEEDED for each in family(run)):
        return Exit.NOT_SUCCEEDED
    return Exit.OK if all(each.figures.met for each in family(run)) else Exit.MISSED
