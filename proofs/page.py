"""The page `docs/proof.md`: what was proven, when, how often, and what was not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_NOT_RUN = (
    ("T1 at 500 points and more, T2 at 200 sequences", "the points above, and the fakes of tests/property/engine"),
    ("T3 as full-stack simulation", "tests/property/engine interrupts the engine at every event, on fakes"),
    ("T5 as a storm of ten minutes", "one 429 with Retry-After at each call"),
    ("T7, T8, T10, T11, T12 to T17", "not run here; some have unit or contract tests of their own"),
    ("T15 and everything about several daemons", "this release has one daemon a data folder"),
    ("T20 to T22, T24 to T29, T31, T32 in full", "see the tests that carry their names"),
    ("Anything against real Azure", "the sandbox stands in for it; see docs/architecture.md for what it imitates"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One proof."""

    name: str
    trials: int
    bad: list[str]
    figures: str
    seeds: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page."""

    began: datetime
    took: timedelta
    where: str
    rows: tuple[Row, ...]
    left_out: tuple[str, ...]
    command: str

    def text(self) -> str:
        """Write it as Markdown."""
        broken = [f"- {row.name}: {each}" for row in self.rows for each in row.bad]
        left_out = [f"- {name}: left out of this run" for name in self.left_out]
        minutes = self.took.total_seconds() / 60
        lines = [
            "# Proof",
            "",
            f"Written by `{self.command}` (`make proof`), which began at {self.began:%Y-%m-%d %H:%M} UTC and took",
            f"{minutes:.0f} minutes ({self.where}). Do not edit: run it again.",
            "",
            "Every figure is taken from the sandbox's own journal of requests, not from what drd says of itself,",
            "except where the two are compared. The promises P1 to P8 are in docs/architecture.md.",
            "",
            "| proof | trials | kept | seeds | figures |",
            "|---|---|---|---|---|",
            *(
                f"| {row.name} | {row.trials} | {row.trials - len(row.bad)} | {row.seeds} | {row.figures} |"
                for row in self.rows
            ),
            "",
            "## Broken promises",
            "",
            *(broken or ["None in this run."]),
            "",
            "## Not run",
            "",
            *left_out,
            *(f"- {what}: {instead}." for what, instead in _NOT_RUN),
        ]
        return "\n".join(lines) + "\n"
