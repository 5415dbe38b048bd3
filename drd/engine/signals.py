"""Why a step's task ends before its step is done, without anything having gone wrong with the step."""


class ClaimLost(BaseException):
    """Somebody else moves the run now, or may: nothing more is sent or written from here."""


class Halted(BaseException):
    """The run is being cancelled or stopped: the step sends nothing (more) and is left out."""


class Parked(BaseException):
    """It cannot be told what the step did; a person must find out.

    Attributes:
        question: what to find out, in one sentence.
    """

    def __init__(self, question: str) -> None:
        """Keep the question."""
        super().__init__(question)
        self.question = question
