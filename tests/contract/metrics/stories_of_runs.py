"""What the alerts on active runs are about: what is real is critical, a drill waits for the morning."""

from tests.contract.metrics.trial import Series, Story, ago, ahead, always

SEVERITIES = {"failover": "critical", "drill": "warning"}


def labelled(mode: str, **more: str) -> str:
    """Give the labels of a run's series."""
    labels = {"tenant": "voorbeeld", "runbook": "burgerzaken", "mode": mode, **more}
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def who(mode: str) -> dict[str, str]:
    """Give the labels of an alert on a run."""
    return {"severity": SEVERITIES[mode], "tenant": "voorbeeld", "runbook": "burgerzaken", "mode": mode}


def state(mode: str, word: str, *, failed: int = 0, parked: int = 0) -> Series:
    """Give the series of a run in a state."""
    return {
        **{
            f"drd_run_state{labelled(mode, state=each)}": always(float(each == word))
            for each in ("running", "waiting", "paused", "parked")
        },
        f"drd_run_steps{labelled(mode, state='failed')}": always(failed),
        f"drd_run_steps{labelled(mode, state='parked')}": always(parked),
    }


def budget(mode: str) -> Story:
    """Tell of a run whose forecast ends too late."""
    forecast = f"drd_run_forecast_end_timestamp_seconds{labelled(mode)}"
    deadline = f"drd_run_deadline_timestamp_seconds{labelled(mode)}"
    return Story(
        alert="DrdRunBudgetAtRisk",
        labels=who(mode),
        after=6,
        bad={forecast: always(90_060), deadline: always(90_000)},
        good={forecast: always(90_000), deadline: always(90_000)},
        # No drill ever was, so nobody can tell when it will end.
        never={deadline: always(90_000)},
    )


def deadline(mode: str) -> Story:
    """Tell of a run whose objective has ended."""
    series = f"drd_run_deadline_timestamp_seconds{labelled(mode)}"
    return Story(
        alert="DrdRunDeadlinePassed",
        labels=who(mode),
        after=6,
        bad={series: always(240)},
        good={series: ahead(60)},
    )


def paused(mode: str) -> Story:
    """Tell of a run that stands still because a step failed."""
    return Story(
        alert="DrdRunPausedByFailure",
        labels=who(mode),
        after=6,
        bad=state(mode, "paused", failed=1),
        # A person paused it.
        good=state(mode, "paused"),
        never=state(mode, "running"),
    )


def parked(mode: str) -> Story:
    """Tell of a run of which a step is in doubt."""
    return Story(
        alert="DrdRunPausedByFailure",
        labels=who(mode),
        after=6,
        bad=state(mode, "parked", parked=1),
        good=state(mode, "running", failed=1),
        never=state(mode, "waiting"),
    )


def approval(mode: str, seconds: int) -> Story:
    """Tell of a question that nobody answers."""
    series = f"drd_run_approval_requested_timestamp_seconds{labelled(mode, step='go')}"
    return Story(
        alert="DrdApprovalWaiting",
        labels={**who(mode), "step": "go"},
        after=6,
        bad={series: ago(seconds + 60)},
        good={series: ago(seconds)},
    )


def stuck(after: int = 68) -> Story:
    """Tell of a run of which no step moves: its steps last did in minute 1."""
    started = f"drd_run_start_timestamp_seconds{labelled('failover')}"
    done = f"drd_run_steps{labelled('failover', state='done')}"
    running = f"drd_run_state{labelled('failover', state='running')}"
    waiting = f"drd_run_state{labelled('failover', state='waiting')}"
    return Story(
        alert="DrdRunStuck",
        labels={**who("failover"), "severity": "warning"},
        after=after,
        bad={started: always(60), running: always(1), done: lambda minute: float(minute > 0)},
        # It moves each 20 minutes.
        good={started: always(60), running: always(1), done: lambda minute: float(minute // 20)},
        # It waits for a person, and no step ever moved.
        never={started: always(60), running: always(0), waiting: always(1), done: always(0)},
    )


STORIES = (
    *(make(mode) for make in (budget, deadline, paused, parked) for mode in SEVERITIES),
    approval("failover", 300),
    approval("drill", 3600),
    stuck(),
)
