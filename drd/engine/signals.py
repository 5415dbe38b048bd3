"""Why a step's task ends before its step is done, without anything having gone wrong with the step."""

from drd.ports.capabilities import Operation


class ClaimLost(BaseException):
    """Somebody else moves the run now, or may: nothing more is sent or written from here."""


class OrderUnsure(ClaimLost):
    """The claim was lost while an order was on its way to the journal: it may be there.

    Attributes:
        event: hash of the order's first event.
    """

    def __init__(self, event: str) -> None:
        """Keep what to look for."""
        super().__init__(event)
        self.event = event


class Halted(BaseException):
    """The run is being cancelled or stopped: the step sends nothing (more) and is left out."""


class Parked(BaseException):
    """It cannot be told what the step did; a person must find out.

    Attributes:
        question: what to find out, where, and which orders answer it.
        found: what may be the step's own, for a person to adopt; None where nothing can be adopted.
        in_doubt: whether something of the step may have left.
    """

    def __init__(self, question: str, found: Operation | None = None, *, in_doubt: bool = True) -> None:
        """Keep the question and what was found."""
        super().__init__(question)
        self.question = question
        self.found = found
        self.in_doubt = in_doubt
