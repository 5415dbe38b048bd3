"""What is played in a simulation, and one thing that goes wrong in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from drd.domain.plan import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What is done in a simulation, before anything goes wrong."""

    runbook: str
    mode: Mode
    lost: bool
    hosts: tuple[str, ...]
    ticking: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        number: its place in what the seed drew.
        at: seconds after the beginning; for what strikes by count, the count (turns, changes, commits).
        lasts: seconds.
        where: a host, or what an order aims at.
        details: of its kind.
    """

    number: int
    kind: str
    at: float
    lasts: float = 0.0
    where: str = ""
    details: Mapping[str, float | str] | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        more = " ".join(f"{name}={value}" for name, value in (self.details or {}).items())
        place = f" {self.where}" if self.where else ""
        lasts = f" for {self.lasts:.0f} s" if self.lasts else ""
        return f"#{self.number} {self.kind}{place} at {self.at:g}{lasts} {more}".rstrip()
