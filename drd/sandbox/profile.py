"""How long operations take: recorded figures with a small spread, the same for the same seed."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

_DATA = Path(__file__).with_name("profile.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Durations by kind of operation, in seconds of world time.

    Attributes:
        hurry: how many times as soon as recorded everything ends; for rehearsals in which time itself must not run.
    """

    seed: int
    spread: float
    seconds: Mapping[str, float]
    hurry: float = 1.0

    def duration(self, kind: str, of: str) -> timedelta:
        """Return how long an operation of a kind takes on a resource: a function of seed, kind and `of` only."""
        base = self.seconds[kind]
        digest = hashlib.sha256(f"{self.seed}|{kind}|{of.casefold()}".encode()).digest()
        share = int.from_bytes(digest[:4], "big") / 0xFFFFFFFF * 2 - 1
        return timedelta(seconds=round(base * (1 + share * self.spread) / self.hurry, 3))


def recorded_profile(seed: int, *, spread: float | None = None, hurry: float = 1.0) -> Profile:
    """Return the profile of recorded reality; `spread=0` makes every duration exactly the recorded one.

    Raises:
        ValueError: `hurry` is less than 1.
    """
    if not hurry >= 1:
        message = f"operations can end sooner than recorded, not later: hurry must be at least 1, not {hurry:g}"
        raise ValueError(message)
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return Profile(
        seed=seed,
        spread=float(data["spread"]) if spread is None else spread,
        seconds=dict(data["seconds"]),
        hurry=hurry,
    )
