"""Trials of alerts for `promtool test rules`: what every alert must stand, made from what one of them is about.

The clock of promtool begins at 0, and a minute is a step. An alert's story is told once, as series while it is bad and
while it is good; fires, does not fire, never happened, hand-over and restart follow from it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Value = Callable[[int], float | None]
"""The value of a series at a minute; None where it is absent."""

Series = Mapping[str, Value]
"""By selector without the daemon, such as `drd_service_ready{service="burgerzaken"}`."""

ONE, OTHER = "one:9790", "other:9790"
CASES = ("fires", "does not fire", "never happened", "hand-over", "restart")


def always(value: float) -> Value:
    """Stay."""
    return lambda _minute: value


def ago(seconds: float) -> Value:
    """Be a timestamp that is always so long ago."""
    return lambda minute: minute * 60 - seconds


def ahead(seconds: float) -> Value:
    """Be a timestamp that is always so far ahead."""
    return lambda minute: minute * 60 + seconds


@dataclass(frozen=True, slots=True)
class Counting:
    """Count, by so much a minute, from the start of the daemon."""

    by: float

    def __call__(self, minute: int) -> float:
        """Give the count after so many minutes."""
        return minute * self.by


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Story:
    """What an alert is about.

    Attributes:
        labels: of the alert when it fires, its severity too.
        bad, good: series of the estate, told by whoever holds the exporter lease.
        own_bad, own_good: series of the first daemon itself, which go on when the lease changes hands.
        own_other: series of the second daemon itself, in every case.
        never: series before anything ever happened.
        never_fires: whether that is a reason to fire.
        after: minutes until a bad thing has fired.
        gap_first: whether nobody tells of the estate in the first hand-over, not in the second.
        without: cases that make no sense for it, with the reason.
    """

    alert: str
    labels: Mapping[str, str]
    after: int
    bad: Series = field(default_factory=dict)
    good: Series = field(default_factory=dict)
    own_bad: Series = field(default_factory=dict)
    own_good: Series = field(default_factory=dict)
    own_other: Series = field(default_factory=dict)
    never: Series = field(default_factory=dict)
    never_fires: bool = False
    gap_first: bool = False
    without: Mapping[str, str] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The last minute of its trials."""
        return self.after + 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Series with their daemons, and whether the alert has to fire or to keep silent.

    Attributes:
        case: one of `CASES`.
        turn: what is tried within the case.
    """

    story: Story
    case: str
    turn: str
    series: Mapping[str, tuple[float | None, ...]]
    fires: bool


def trials(story: Story) -> Iterator[Trial]:
    """Make every trial that makes sense."""
    for case, turn, series, fires in _all(story):
        if case not in story.without:
            yield Trial(story=story, case=case, turn=turn, series=dict(series), fires=fires)


_Tracks = Iterable[tuple[str, tuple[float | None, ...]]]


def _all(story: Story) -> Iterator[tuple[str, str, _Tracks, bool]]:
    stays: list[tuple[str, Callable[[int], bool]]] = [(ONE, lambda _minute: True)]
    yield "fires", "bad", _tracks(story, story.bad, story.own_bad, stays), True
    yield "does not fire", "good", _tracks(story, story.good, story.own_good, stays), False
    yield "never happened", "new", _tracks(story, story.never, {}, stays), story.never_fires
    early, late = story.after // 2, story.after + 8
    # Both tell of the estate for two minutes while the alert still waits, and nobody does for two while it fires; or
    # the other way round.
    both, none = (0, 2) if story.gap_first else (2, 0)
    hands = [
        (ONE, lambda minute: minute < early + both or minute >= late + both),
        (OTHER, lambda minute: early + none <= minute < late + none),
    ]
    yield "hand-over", "bad", _tracks(story, story.bad, story.own_bad, hands), True
    yield "hand-over", "good", _tracks(story, story.good, story.own_good, hands), False
    gone = {late, late + 1}
    again = [(ONE, lambda minute: minute not in gone)]
    yield "restart", "bad", _tracks(story, story.bad, _restarted(story.own_bad, late), again), True
    yield "restart", "good", _tracks(story, story.good, _restarted(story.own_good, late), again), False


def _restarted(series: Series, at: int) -> Series:
    """Let a daemon be away for two minutes. What it counts begins anew."""

    def after(value: Value) -> Value:
        back = at + 2

        def told(minute: int) -> float | None:
            if at <= minute < back:
                return None
            return value(minute - back if isinstance(value, Counting) and minute >= back else minute)

        return told

    return {name: after(value) for name, value in series.items()}


def _tracks(story: Story, estate: Series, own: Series, tellers: list[tuple[str, Callable[[int], bool]]]) -> _Tracks:
    minutes = range(story.end + 1)
    for name, value in estate.items():
        for daemon, tells in tellers:
            yield _of(name, daemon), tuple(value(minute) if tells(minute) else None for minute in minutes)
    for daemon, series in ((ONE, own), (OTHER, story.own_other)):
        for name, value in series.items():
            yield _of(name, daemon), tuple(value(minute) for minute in minutes)


def _of(name: str, daemon: str) -> str:
    family, _, labels = name.partition("{")
    inside = [each for each in (labels.removesuffix("}"), f'instance="{daemon}"', 'job="drd"') if each]
    return f"{family}{{{','.join(inside)}}}"


def written(values: tuple[float | None, ...]) -> str:
    """Write values as promtool reads them: what is absent after something was there is stale at once."""
    words: list[str] = []
    for index, value in enumerate(values):
        if value is not None:
            words.append(f"{value:g}" if abs(value) < 1e5 else f"{value:.0f}")
        else:
            words.append("stale" if index and values[index - 1] is not None else "_")
    return " ".join(words)


def group(trial: Trial) -> dict[str, Any]:
    """Give the trial as a test group of promtool."""
    story = trial.story
    firing = f'ALERTS{{alertname="{story.alert}", alertstate="firing"}}'
    labels = {"alertname": story.alert, "alertstate": "firing", **story.labels}
    shown = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if value)
    span = story.end - story.after - 1
    counted = f"(count({firing}) or vector(0))[{span}m:1m]" if trial.fires else f"({firing})[{story.end}m:1m]"
    asked: list[dict[str, Any]] = [
        {
            "expr": firing,
            "eval_time": f"{story.end}m",
            "exp_samples": [{"labels": f"ALERTS{{{shown}}}", "value": 1}] if trial.fires else [],
        }
    ]
    if trial.fires:
        # In every minute since it had to fire there is this one alert: it did not stop, and it did not double.
        asked += [
            {"expr": f"{word}_over_time({counted})", "eval_time": f"{story.end}m", "exp_samples": [{"value": 1}]}
            for word in ("min", "max")
        ]
    else:
        asked.append({"expr": f"count_over_time({counted})", "eval_time": f"{story.end}m", "exp_samples": []})
    return {**_given(trial), "promql_expr_test": asked}


def spoken(trial: Trial) -> dict[str, Any]:
    """Give a test group that fails, for the tool then tells what the alert says."""
    story = trial.story
    wrong = {"eval_time": f"{story.end}m", "alertname": story.alert, "exp_alerts": []}
    return {**_given(trial), "alert_rule_test": [wrong]}


def _given(trial: Trial) -> dict[str, Any]:
    return {
        "name": f"{trial.story.alert} {'/'.join(trial.story.labels.values())}: {trial.case}, {trial.turn}",
        "interval": "1m",
        "input_series": [{"series": name, "values": written(values)} for name, values in trial.series.items()],
    }
