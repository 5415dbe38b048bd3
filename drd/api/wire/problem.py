"""What went wrong, as RFC 9457 problem details."""

from drd.api.wire.shape import Shape


class Problem(Shape):
    """An error for people and machines.

    Attributes:
        code: stable kebab-case name; the exit code follows from it.
        faults: every fault with its place, for files.
        other: id of what it collides with.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    code: str
    target: str = ""
    hint: str = ""
    faults: tuple[str, ...] = ()
    other: str = ""


class ProblemAnswer(Shape):
    """The error as the command line prints it on stderr with `-o json`."""

    error: Problem
