"""Errors on the way out: one for everything a command cannot do, printed once, at the top."""

from drd.api.wire.problem import Problem
from drd.cli.exits import Exit, exit_of
from drd.domain.errors import ConflictError, DrdError, ForbiddenError, InvalidError, NotFoundError, RefusedError


class CommandError(Exception):
    """A command cannot go on.

    Attributes:
        problem: what is told.
        exit_code: what the shell gets.
    """

    def __init__(self, problem: Problem, exit_code: Exit | None = None) -> None:
        """Take what is told; without an exit code, it follows from the problem."""
        super().__init__(problem.title)
        self.problem = problem
        self.exit_code = exit_code if exit_code is not None else exit_of(problem.status, problem.code)


_STATUS: tuple[tuple[type[DrdError], int], ...] = (
    (NotFoundError, 404),
    (ForbiddenError, 403),
    (ConflictError, 409),
    (RefusedError, 409),
    (InvalidError, 422),
)


def command_error(error: DrdError, exit_code: Exit | None = None) -> CommandError:
    """Turn one of drd's own errors, raised without a daemon, into what a command tells."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    problem = Problem(
        title=error.message,
        status=status,
        code=error.code,
        target=error.target,
        hint=error.hint,
        faults=error.faults if isinstance(error, InvalidError) else (),
    )
    return CommandError(problem, exit_code)


def usage_error(title: str, hint: str = "", code: str = "usage") -> CommandError:
    """Say that a command was used wrongly."""
    return CommandError(Problem(title=title, status=422, code=code, hint=hint), Exit.USAGE)
