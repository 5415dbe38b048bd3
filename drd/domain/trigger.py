"""What asked for a run: the same trigger again, whenever and wherever it arrives, means the same run."""

from dataclasses import dataclass

from drd.domain.errors import ConflictError
from drd.domain.ids import RunId

LONGEST_KEY = 200
"""Characters of a key at most: it is an identifier, not a place for texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What asked for a run.

    Attributes:
        key: chosen by whoever asks, and unique: random for each command, `schedule/ID/WALL` for a slot.
        digest: SHA-256 over what was wished, so that a key that is used twice by mistake is noticed.
    """

    key: str
    digest: str

    def must_mean(self, digest: str, run: RunId) -> None:
        """Pass when the run that the key stands for was started by the same wish.

        Raises:
            ConflictError: if not; it names the run.
        """
        if digest != self.digest:
            raise ConflictError(
                f"the key {self.key!r} stands for run {run}, which was wished for in another way",
                other=run,
                target=self.key,
                hint="the same key must come with the same wish; take a new key for a new run",
            )
