"""Exit codes: a published table. New codes will come; an unknown code must be treated as failure."""

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code means."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    """Wrong usage, or an invalid file."""
    NOT_FOUND = 3
    FORBIDDEN = 4
    """Not signed in, or not allowed."""
    CONFLICT = 5
    """A stale plan, or something that runs already."""
    NOT_SUCCEEDED = 6
    """The run finished but did not succeed, or a service is not green."""
    MISSED = 7
    """Succeeded but an objective was missed, or a check has findings."""
    UNFINISHED = 8
    """Still running or waiting when --timeout or --no-wait ended the command."""
    INTERRUPTED = 130


_BY_STATUS = {404: Exit.NOT_FOUND, 403: Exit.FORBIDDEN, 401: Exit.FORBIDDEN, 409: Exit.CONFLICT, 422: Exit.USAGE}
_BY_CODE = {"not-confirmed": Exit.USAGE, "no-reason": Exit.USAGE, "token-unavailable": Exit.FORBIDDEN}


def exit_of(status: int, code: str) -> Exit:
    """Give the exit code of a problem."""
    return _BY_CODE.get(code) or _BY_STATUS.get(status, Exit.FAILURE)
