"""Errors that say what failed, on what, and what the responder can do now."""

from dataclasses import dataclass
from datetime import timedelta

UNREADABLE = "answer-unreadable"
"""Code of a TransientError whose answer came, and told nothing: asking for long is useless where it stays so."""


class DrdError(Exception):
    """Parent of every error that drd raises on purpose.

    Attributes:
        code: stable kebab-case name of the kind of failure, for machines and documents.
        message: what failed, in one sentence.
        target: on what (an ARM id, a file place, a step), or an empty string.
        hint: what a person can do now, or an empty string.
    """

    code = "failure"

    def __init__(self, message: str, *, target: str = "", hint: str = "", code: str = "") -> None:
        """Keep the parts apart, so that each surface can lay them out in its own way."""
        super().__init__(message)
        self.message = message
        self.target = target
        self.hint = hint
        if code:
            self.code = code

    def __str__(self) -> str:
        """Say the whole in one line."""
        on = f" ({self.target})" if self.target else ""
        hint = f". Hint: {self.hint}" if self.hint else ""
        return f"{self.message}{on}{hint}"


class TransientError(DrdError):
    """The same call may succeed later: throttling, a busy service, a connection that was refused before sending.

    Attributes:
        retry_after: world time that the other side asked us to wait, or None when it did not say.
    """

    code = "transient"

    def __init__(
        self, message: str, *, target: str = "", hint: str = "", code: str = "", retry_after: timedelta | None = None
    ) -> None:
        """Keep the wait that the other side asked for."""
        super().__init__(message, target=target, hint=hint, code=code)
        self.retry_after = retry_after


class PermanentError(DrdError):
    """Asking again is useless until somebody changes something."""

    code = "permanent"


class AmbiguousError(DrdError):
    """A request was sent and its answer is lost or says nothing: it may or may not have had its effect.

    Never a success and never a failure: whoever catches it must look at the world first.
    """

    code = "in-doubt"


class OperationFailedError(PermanentError):
    """A long-running operation was accepted, ran, and ended in failure. `code` is the service's own error code."""

    code = "operation-failed"


class DeadlineError(PermanentError):
    """The step's own deadline passed before the world was as wanted."""

    code = "deadline-passed"


class RefusedError(PermanentError):
    """A rule of drd forbids it: nothing was sent."""

    code = "refused"


class InvalidError(PermanentError):
    """What a person gave cannot be used: nothing was changed.

    Attributes:
        faults: every fault that was found, each one line with its place.
    """

    code = "invalid"

    def __init__(
        self, message: str, *, faults: tuple[str, ...] = (), target: str = "", hint: str = "", code: str = ""
    ) -> None:
        """Keep all faults, because people want to mend them in one go."""
        super().__init__(message, target=target, hint=hint, code=code)
        self.faults = faults


class NotFoundError(PermanentError):
    """The named thing does not exist."""

    code = "not-found"


class ForbiddenError(PermanentError):
    """The actor may not do this."""

    code = "forbidden"


class ConflictError(PermanentError):
    """It collides with something that exists: a run on the same service, a stale plan, a changed record.

    Attributes:
        other: id of what it collides with, or an empty string.
    """

    code = "conflict"

    def __init__(self, message: str, *, other: str = "", target: str = "", hint: str = "") -> None:
        """Keep the other side's id, so that a caller can go there."""
        super().__init__(message, target=target, hint=hint)
        self.other = other


class JournalUnavailableError(DrdError):
    """The journal cannot be written or read now: nothing may be sent until it can."""

    code = "journal-unavailable"


class Stopping(BaseException):
    """The daemon is told to stop: no new action starts, what runs is left to the journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error as a fact in the journal."""

    code: str
    message: str
    target: str = ""
    hint: str = ""
    transient: bool = False

    @classmethod
    def of(cls, error: DrdError) -> "Failure":
        """Turn a raised error into its record."""
        return cls(
            code=error.code,
            message=error.message,
            target=error.target,
            hint=error.hint,
            transient=isinstance(error, TransientError),
        )
