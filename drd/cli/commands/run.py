"""Runs: start, follow, and help along."""

from typing import Annotated

from cyclopts import Parameter

from drd.cli.client import Daemon
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.cli.run_control import COMMANDS
from drd.cli.run_file import FILES
from drd.domain.plan import Mode

Wait = Annotated[bool, Parameter(name="--watch", negative="--no-wait")]
Timeout = Annotated[str | None, Parameter(env_var="DRD_TIMEOUT")]
Reason = Annotated[str, Parameter()]


def start(
    runbook: str,
    *,
    mode: Annotated[Mode, Parameter()],
    ungraceful: Annotated[bool, Parameter(negative="")] = False,
    incident_at: Annotated[str, Parameter(allow_leading_hyphen=True)] = "",
    input_: Annotated[tuple[str, ...], Parameter(name="--input", negative="")] = (),
    only: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    skip: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    recovery_point: str = "",
    key: str = "",
    kill_conductor: Annotated[bool, Parameter(negative="")] = False,
    kill_seed: str = "",
    among_others: Annotated[bool, Parameter(negative="")] = False,
    confirm: str = "",
    reason: Reason = "",
    yes: Annotated[bool, Parameter(negative="")] = False,
    watch: Wait = True,
    timeout: Timeout = None,
    common: Common = DEFAULT,
) -> int:
    """Start a run. Failover and failback show what they mean first, and must be confirmed by typing the name.

    Args:
        runbook: id of the runbook.
        mode: what for.
        ungraceful: the home region cannot be reached.
        incident_at: when it began: an instant with offset, or minus a length of time (-10m). RTO and RPO count from
            here; without it from the start.
        input_: an input of the runbook, NAME=VALUE; may be repeated.
        only: a step or a group; the other steps that do the work are left out, except approvals; may be repeated, and
            needs a reason.
        skip: a step or a group that is left out; may be repeated, and needs a reason. (`drd run skip` is for a run
            that is under way.)
        recovery_point: newest, latest, latest-processed, latest-app-consistent, newest-clean, an instant (the newest
            before it) or a point's id, for every step that takes one; without it as the runbook says.
        key: names this one wish; the same command with the same key gives the run that it started, and starts
            nothing twice. Made up where it is not given.
        kill_conductor: of a drill: the daemon that moves it ends itself once, hard, at a step that is drawn; whoever
            starts it again lets the drill go on, and the evidence says whether anything was repeated.
        kill_seed: draw that step as another run did; its first event holds the seed.
        among_others: end the daemon also while it moves other drills; never while it moves a failover or failback.
        confirm: the service's id (the tenant's, for a parent runbook), for when nobody can type it.
        reason: why; it stands in the journal.
        yes: agree to a drill without being asked.
        watch: watch until the run is over; --no-wait ends at once, with 8.
        timeout: stop watching after this time, with 8; the run goes on.
    """
    from drd.cli.asking import Wish, inputs_of, kill_of, new_key, seconds_of, start_run
    from drd.cli.output import emit, tell
    from drd.cli.run_view import runs_sheet
    from drd.cli.watching import Watch, tell_detached
    from drd.cli.words import words_of

    words, seconds = words_of(common), seconds_of(timeout)
    wish = Wish(
        runbook=runbook,
        mode=mode,
        graceful=not ungraceful,
        incident_at=incident_at,
        inputs=inputs_of(input_),
        only=only,
        skip=skip,
        recovery_point=recovery_point,
        key=key or new_key(),
        kill=kill_of(wanted=kill_conductor, seed=kill_seed, among_others=among_others),
        confirm=confirm,
        reason=reason,
        is_agreed=yes,
    )
    with Daemon.of(common) as daemon:
        run = start_run(common, words, daemon, wish)
        if watch:
            tell(common, words.say("started", run=run.id))
            return Watch(common=common, seconds=seconds).follow(daemon, run.id)
        emit(common, run, lambda: (runs_sheet(words, [run]),))
        tell_detached(common, words, run.id, daemon.run(run.id))
    return Exit.UNFINISHED


def list_(
    *,
    service: str | None = None,
    active: Annotated[bool | None, Parameter(negative="--ended")] = None,
    newest: int = 50,
    common: Common = DEFAULT,
) -> int:
    """List runs, newest first.

    Args:
        service: only those of this service.
        active: only those that are not over; --ended for the others.
        newest: how many at most.
    """
    from drd.cli.output import emit
    from drd.cli.run_view import runs_sheet
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        runs = daemon.runs(service=service, active=active, newest=newest)
    emit(common, runs, lambda: (runs_sheet(words_of(common), runs),))
    return Exit.OK


def show(run: str, *, common: Common = DEFAULT) -> int:
    """Show one run: what waits for a person, every step, and the figures, recomputed from its journal.

    Args:
        run: its id, or the beginning of it.
    """
    from drd.cli.output import emit
    from drd.cli.run_view import run_sheets
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        shape = daemon.run(run)
    emit(common, shape, lambda: run_sheets(words_of(common), shape))
    return Exit.OK


def watch(run: str, *, timeout: Timeout = None, common: Common = DEFAULT) -> int:
    """Watch a run until it is over. Ctrl-C detaches: the run goes on.

    Args:
        run: its id, or the beginning of it.
        timeout: stop watching after this time, with 8.
    """
    from drd.cli.asking import seconds_of
    from drd.cli.watching import Watch

    seconds = seconds_of(timeout)
    with Daemon.of(common) as daemon:
        return Watch(common=common, seconds=seconds).follow(daemon, run)


def log(run: str, *, after: int = 0, common: Common = DEFAULT) -> int:
    """Show the events of a run, as they stand in its journal.

    Args:
        run: its id, or the beginning of it.
        after: only those after this sequence number.
    """
    from drd.cli.event_view import EventLines
    from drd.cli.output import Sheet, emit
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        detail = daemon.run(run)
        events = daemon.events(detail.run.id, after)
    lines = EventLines(words_of(common), detail)
    emit(common, events, lambda: (Sheet((), tuple((lines.say(event),) for event in events)),))
    return Exit.OK


RUN = command_group("run", "Runs: start, follow, and help along.", start, list_, show, watch, log, *COMMANDS, *FILES)
