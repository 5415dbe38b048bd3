"""Every event that the log may hold, by the part of drd that tells it. docs/logs.md is written from here.

A test reads the sources: an event that is logged and does not stand here is refused, and one that stands here and is
logged nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["debug", "info", "warning", "error", "exception"]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event.

    Attributes:
        name: what stands in the member `event`.
        level: at which it is told, or the levels. `exception` is an error with the member `exception`, a traceback.
        fields: its members beside those that every line may have.
        means: one or two sentences, with what to do where somebody has to.
        optional: members that are left out where they would say nothing.
    """

    name: str
    level: Level | tuple[Level, ...]
    fields: tuple[str, ...]
    means: str
    optional: tuple[str, ...] = ()

    @property
    def levels(self) -> tuple[Level, ...]:
        """Every level at which it may be told."""
        return self.level if isinstance(self.level, tuple) else (self.level,)


_RUNS = (
    LogEvent("run taken up", "info", ("run", "tenant", "daemon", "claims"),
             "This daemon moves the run from here on; `claims` counts how often a daemon took it."),
    LogEvent("step ended", ("info", "warning"),
             ("run", "tenant", "step", "action", "outcome", "took_seconds", "began", "attempts"),
             "The one line of a step. `outcome` is done, failed (a warning) or skipped; `took_seconds` is world time "
             "since its first intent, also where two daemons carried it. One that a person lets begin anew ends again.",
             ("operation_id", "request_id", "correlation_id", "job", "by_hand", "code", "because", "child")),
    LogEvent("run ended", ("info", "warning"),
             ("run", "tenant", "runbook", "mode", "state", "because", "took_seconds", "began", "claims", "steps_done",
              "steps_failed", "steps_skipped", "attempts"),
             "The one line of a run, by the daemon that ended it, with the figures that its journal holds.",
             ("service", "incident_at", "recovery_time", "recovery_time_objective_seconds",
              "achieved_recovery_time_seconds", "recovery_point", "recovery_point_objective_seconds",
              "achieved_recovery_point_seconds", "parent")),
    LogEvent("attempt failed", "info", ("run", "tenant", "step", "attempt", "code", "again"),
             "An attempt of a step failed and another one is made at `again`."),
    LogEvent("step parked", "warning", ("run", "tenant", "step", "attempt", "question"),
             "A step waits for a person, who answers with `drd run adopt`, `resolve`, `retry` or `skip`."),
    LogEvent("drill", "info", ("run", "tenant", "verdict", "because"), "A drill has its verdict (docs/drills.md)."),
)  # fmt: skip

_ENGINE = (
    LogEvent("answer lost, looking", "warning", ("run", "step", "action"),
             "A request may have been carried out and its answer is lost: the world is looked at first."),
    LogEvent("kept back", "info", ("run", "step", "action"),
             "A request was stopped right before it left: a person paused the run, or the claim was about to end."),
    LogEvent("action broke", "exception", ("run", "step", "action"),
             "A fault of drd's own in an action. The step is treated as one whose answer is lost; please report it."),
    LogEvent("step broke", "exception", ("run", "step"),
             "A fault of drd's own in a step, which fails; please report it."),
    LogEvent("step cannot be taken back", "warning", ("run", "step", "because"),
             "The run is undone without this step; what it made stays."),
    LogEvent("ends itself as the drill wants", "warning", ("run", "step", "moment"),
             "The drill kills its daemon here; whoever restarts it goes on (docs/drills.md)."),
    LogEvent("question broke", "exception", ("run", "question"),
             "A fault of drd's own in a question that production is asked during a drill; please report it."),
    LogEvent("drill not stopped yet", "warning", ("run", "because"),
             "Production is in trouble, and the drill could not be cancelled yet; it is tried again."),
    LogEvent("order not carried out yet", "info", ("run", "because"),
             "An order that another daemon left for this one waits; it is tried again."),
    LogEvent("order failed", "exception", ("run",),
             "A fault of drd's own in an order that another daemon left; who gave it hears that it is in doubt."),
    LogEvent("order not passed on", "info", ("run", "request", "because"),
             "A child run did not take the order that its parent got: it is over, or the order means nothing to it."),
    LogEvent("order not passed on yet", "warning", ("run", "request", "because"),
             "A child run changes hands, or its journal is away: it did not get its parent's order yet; tried again."),
    LogEvent("journal cannot be written, nothing is sent", "error", ("run", "because"),
             "Nothing is sent to Azure until the journal can be written again; look at the disk or the database."),
    LogEvent("journal refused the run's events", "error", ("run", "error"),
             "Another daemon holds the run now; this one leaves it."),
    LogEvent("run cannot be moved", "exception", ("run", "because"),
             "The run's journal or plan is damaged, or drd has a fault. Nothing of it is carried out."),
    LogEvent("observer failed", "exception", ("observer", "run"),
             "Metrics, evidence or the log itself failed to take note of an event; the run goes on. Please report it."),
)  # fmt: skip

_STORE = (
    LogEvent("the database cannot be used yet", "warning", ("because",), "The start waits for the database."),
    LogEvent("waits for an earlier daemon of its name", "info", ("daemon", "seconds_at_most"),
             "A daemon of this name was alive a moment ago; the start waits until it is surely gone."),
    LogEvent("runs cannot be claimed", "warning", ("because",), "The database is away; it is tried again."),
    LogEvent("heartbeat failed", "exception", (),
             "A fault of drd's own in a heartbeat; the next one is tried, and runs change hands if none does."),
    LogEvent("leases cannot be renewed", "warning", ("because",),
             "The database is away; runs of this daemon stop before their leases end."),
    LogEvent("lease lost, the run is left alone until it is claimed again", "warning", ("run",),
             "Nothing more is sent for the run from here."),
    LogEvent("moving a run failed", "warning", ("run", "again_after_looks", "error"),
             "A run's trouble ended its move; it is claimed again, later and later."),
    LogEvent("runs cannot be given back, their leases end by themselves", "warning", ("because",),
             "The daemon stops while the database is away."),
    LogEvent("the others cannot be told", "warning", ("state", "because"),
             "The database is away; the other daemons learn of this one's state later."),
    LogEvent("told by a person", "info", ("state",), "A person told this daemon to drain, or to take runs again."),
    LogEvent("this daemon ends", "error", ("because",), "Another daemon of the same name replaced it."),
    LogEvent("lease not renewed", "warning", ("lease", "error"),
             "This daemon may no longer tell the metrics of the estate; another one does."),
    LogEvent("store", ("info", "warning"), ("text",),
             "A copy of the store, room on its disk, runs that left: done, or as a warning not done."),
)  # fmt: skip

_DAEMON = (
    LogEvent("serves", "info", ("version", "socket", "metrics"), "The daemon is up."),
    LogEvent("stopped", "info", (), "The daemon has stopped; what was under way is in the journal."),
    LogEvent("finding", "warning", ("text",), "Settings or catalogue can be used, and something in them is odd."),
    LogEvent("first collection failed", "warning", ("error",), "The first look at the vaults failed; it comes again."),
    LogEvent("readiness was not evaluated", "warning", ("error",), "It is tried again within seconds."),
    LogEvent("spans dropped", "warning", ("count", "because"),
             "Spans did not reach the collector since the last such line; one a minute at most (docs/tracing.md)."),
    LogEvent("request failed", "error", ("path",),
             "A fault of drd's own while the API answered; the traceback is in `exception`. Please report it."),
    LogEvent("address of an operation refused, the world is read instead", "warning", ("target",),
             "An answer of Azure named a host that is not Azure's, so the token was not sent there."),
)  # fmt: skip

_OPERATIONS = (
    LogEvent("a drill took too long and was ended", "warning", ("run", "tenant"), "It was cancelled and cleans up."),
    LogEvent("an overdue drill was not ended", "warning", ("run", "tenant", "because"),
             "It is tried again within a minute."),
    LogEvent("overdue drills wait for the database", "warning", ("because",), "They are ended when it is back."),
    LogEvent("drills wait for the database", "warning", ("because",), "Their verdicts come when it is back."),
    LogEvent("a drill's journal cannot be believed", "warning", ("run", "tenant", "because"),
             "Its verdict is told without what the journal says."),
    LogEvent("Azure's list of jobs was not read", "warning", ("run", "because"),
             "The evidence of the run says that this witness is missing."),
    LogEvent("evidence waits for the database", "warning", ("because",), "It is written when it is back."),
    LogEvent("no evidence of a run", "exception", ("run", "because"),
             "A run is over and its evidence cannot be made; please report it."),
    LogEvent("evidence could not be verified", "warning", ("because",),
             "The daemon's own look at the chain of evidence could not be made; it is made again."),
    LogEvent("the chain of evidence is broken", "error", ("record", "hint"),
             "A record is not as it was written. Copy the store before anything else, then `drd evidence verify`."),
    LogEvent("proofs wait for the database", "warning", ("because",), "They are written when it is back."),
    LogEvent("nobody knows what a drill proved", "exception", ("run", "because"),
             "A drill is over and what it proved cannot be read; please report it."),
    LogEvent("a chosen point is not verified", "warning", ("item", "because"),
             "The daily sample chose a point and no drill could be started for it."),
    LogEvent("schedules were not looked at", "warning", ("because",), "It is tried again."),
)  # fmt: skip

_SCHEDULES = (
    LogEvent("schedule triggered", "info", ("schedule", "actor", "reason"), "A person let its work begin now."),
    LogEvent("slot missed", "warning", ("schedule", "wall", "because"), "A slot passed without its work; recorded."),
    LogEvent("slots missed", "warning", ("schedule", "count", "first", "last", "because"), "The same, for several."),
    LogEvent("slot abandoned", "warning", ("schedule", "wall"), "A daemon died while it did the slot's work."),
    LogEvent("slots could not be looked at", "warning", ("error",), "The database is away; it is tried again."),
    LogEvent("slot could not be ended yet", "warning", ("schedule", "wall", "error"), "It is tried again."),
    LogEvent("slot was ended by another daemon", "warning", ("schedule", "wall", "error"),
             "Another daemon took this one for dead; the work was done all the same."),
    LogEvent("schedule could not be looked at", "warning", ("schedule", "error"), "It is tried again."),
    LogEvent("scheduled work failed", "warning", ("schedule", "wall", "error"), "The slot is recorded as failed."),
    LogEvent("scheduled work broke", "exception", ("schedule", "wall"), "A fault of drd's own; please report it."),
)  # fmt: skip

LOG_EVENTS: Mapping[str, tuple[LogEvent, ...]] = {
    "Runs and steps": _RUNS,
    "What happens within a run": _ENGINE,
    "Store, leases and other daemons": _STORE,
    "The daemon": _DAEMON,
    "Drills, evidence and proofs": _OPERATIONS,
    "Schedules": _SCHEDULES,
}
"""By the headings of docs/logs.md."""
