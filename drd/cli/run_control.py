"""What a person asks of a run that is not over: of the whole, or of one step."""

from collections.abc import Iterable
from typing import Annotated

from cyclopts import Parameter

from drd.api.wire.runs import AbandonBody, ControlBody, RunShape
from drd.cli.client import Daemon
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.domain.plan import Mode

Reason = Annotated[str, Parameter()]

_MOST = 1000
"""Runs under way that are looked through for one that cannot be shown."""


def pause(run: str, *, reason: Reason = "", common: Common = DEFAULT) -> int:
    """Start no new step; what is under way is waited for.

    Args:
        run: its id, or the beginning of it.
        reason: stands in the journal.
    """
    return _control(common, run, ControlBody(request="pause", reason=reason))


def resume(run: str, *, reason: Reason = "", common: Common = DEFAULT) -> int:
    """Let a paused run go on.

    Args:
        run: its id, or the beginning of it.
        reason: stands in the journal.
    """
    return _control(common, run, ControlBody(request="resume", reason=reason))


def retry(
    run: str, step: str = "", *, from_: Annotated[str, Parameter(name="--from")] = "", reason: Reason = "",
    common: Common = DEFAULT,
) -> int:  # fmt: skip
    """Try a failed step again, or one that is in doubt.

    Args:
        run: the run's id, or the beginning of it.
        step: the step's id, as `drd run show` shows it.
        from_: go back to this step instead: it and what depends on it begin anew, where nothing of it is done.
        reason: stands in the journal.
    """
    from drd.cli.faults import usage_error

    if bool(step) == bool(from_):
        raise usage_error("one step is wanted: nothing was done", "write `drd run retry RUN STEP`, or RUN --from STEP")
    body = ControlBody(request="retry", step=step or from_, onwards=bool(from_), reason=reason)
    return _control(common, run, body)


def skip(run: str, step: str, *, reason: Reason = "", common: Common = DEFAULT) -> int:
    """Leave a step out; what needs it goes on.

    Args:
        run: the run's id, or the beginning of it.
        step: the step's id, as `drd run show` shows it.
        reason: why it may be left out; it stands in the journal, and it is needed.
    """
    return _control(common, run, ControlBody(request="skip", step=step, reason=_reason(common, reason)))


def hold(run: str, step: str, *, reason: Reason = "", common: Common = DEFAULT) -> int:
    """Keep a step that has not begun from starting; the run goes on around it.

    Args:
        run: the run's id, or the beginning of it.
        step: the step's id, as `drd run show` shows it.
        reason: stands in the journal.
    """
    return _control(common, run, ControlBody(request="hold", step=step, reason=reason))


def release(run: str, step: str, *, reason: Reason = "", common: Common = DEFAULT) -> int:
    """Let a held step start when it is due.

    Args:
        run: the run's id, or the beginning of it.
        step: the step's id, as `drd run show` shows it.
        reason: stands in the journal.
    """
    return _control(common, run, ControlBody(request="release", step=step, reason=reason))


def resolve(
    run: str,
    step: str,
    *,
    gave: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    reason: Reason = "",
    common: Common = DEFAULT,
) -> int:
    """Say that a step is done, because you did it by hand; what needs it goes on.

    Args:
        run: the run's id, or the beginning of it.
        step: the step's id, as `drd run show` shows it.
        gave: an output that later steps need, NAME=VALUE; may be repeated.
        reason: what was done; it stands in the journal, and it is needed.
    """
    outputs = _pairs(gave)
    body = ControlBody(request="resolve", step=step, outputs=outputs, reason=_reason(common, reason))
    return _control(common, run, body)


def adopt(run: str, step: str, *, reason: Reason = "", common: Common = DEFAULT) -> int:
    """Say that what was found for a parked step is its own; it is followed to its end.

    Args:
        run: the run's id, or the beginning of it.
        step: the step's id; `drd run show` tells what was found.
        reason: how you know; it stands in the journal, and it is needed.
    """
    return _control(common, run, ControlBody(request="adopt", step=step, reason=_reason(common, reason)))


def undo(run: str, *, confirm: str = "", reason: Reason = "", common: Common = DEFAULT) -> int:
    """Take back what a run did, newest first, then end it. For a run that is paused or stopping.

    Args:
        run: its id, or the beginning of it.
        confirm: the service's id (the tenant's, for a parent run), for when nobody can type it; not for drills.
        reason: why; it stands in the journal, and it is needed.
    """
    from drd.cli.output import tell
    from drd.cli.words import words_of
    from drd.domain.lifecycle import StepState
    from drd.domain.plan import APPROVE, Phase

    with Daemon.of(common) as daemon:
        shape = daemon.run(run)
    # Questions changed nothing; whether an action can be taken back the daemon knows.
    done = [
        step
        for step in shape.steps
        if step.state is StepState.DONE
        and step.phase == Phase.MAIN.value
        and step.uses != APPROVE
        and not step.uses.startswith("check.")
    ]
    done.sort(key=lambda step: step.ended_at or shape.run.accepted_at, reverse=True)
    tell(common, words_of(common).say("undo-takes-back", steps=", ".join(step.id for step in done) or "-"))
    return _confirmed(common, shape.run.id, "undo", confirm, reason)


def graceful(run: str, *, reason: Reason = "", common: Common = DEFAULT) -> int:
    """Go on as if the home region can be reached: later steps follow this word.

    Args:
        run: its id, or the beginning of it.
        reason: stands in the journal.
    """
    return _control(common, run, ControlBody(request="graceful", reason=reason))


def ungraceful(run: str, *, reason: Reason = "", common: Common = DEFAULT) -> int:
    """Go on as if the home region cannot be reached: later steps follow this word.

    Args:
        run: its id, or the beginning of it.
        reason: stands in the journal.
    """
    return _control(common, run, ControlBody(request="ungraceful", reason=reason))


def note(run: str, text: str, *, step: str = "", common: Common = DEFAULT) -> int:
    """Write a note into a run's journal.

    Args:
        run: its id, or the beginning of it.
        text: the note.
        step: the step that it is about, if one.
    """
    return _control(common, run, ControlBody(request="note", step=step or None, reason=text))


def cancel(run: str, *, confirm: str = "", reason: Reason = "", common: Common = DEFAULT) -> int:
    """End a run: nothing new starts, what is under way is waited for, what always runs still runs.

    Args:
        run: its id, or the beginning of it.
        confirm: the service's id (the tenant's, for a parent run), for when nobody can type it; not for drills.
        reason: why; it stands in the journal, and it is needed.
    """
    return _confirmed(common, run, "cancel", confirm, reason)


def abandon(run: str, *, confirm: str = "", reason: Reason = "", common: Common = DEFAULT) -> int:
    """End a run whose journal is damaged, beside its journal, so that a new one can start. Cancel any other.

    Args:
        run: its id, or the beginning of it.
        confirm: the service's id (the tenant's, for a parent run), for when nobody can type it.
        reason: why; it stands beside the journal, and it is needed.
    """
    from drd.cli.output import Sheet, emit
    from drd.cli.run_view import abandoned_lines, runs_sheet
    from drd.cli.starting import confirmed_name
    from drd.cli.words import words_of

    words = words_of(common)
    with Daemon.of(common) as daemon:
        # By the list: a run that cannot be read cannot be shown whole.
        found = next((each for each in daemon.runs(active=True, newest=_MOST) if each.id.startswith(run)), None)
        if found is not None:
            confirm = confirmed_name(common, words, found.service or found.tenant, confirm)
        shape = daemon.abandon(run, AbandonBody(reason=_reason(common, reason), confirm=confirm))
    told = Sheet((), (), notes=tuple(abandoned_lines(words, shape)))
    emit(common, shape, lambda: (runs_sheet(words, [shape]), told))
    return Exit.OK


COMMANDS = (
    resume, retry, skip, hold, release, resolve, adopt, graceful, ungraceful, note, cancel, abandon, undo, pause,
)  # fmt: skip
"""In the order in which help lists them."""


def _reason(common: Common, reason: str) -> str:
    from drd.cli.starting import given_reason
    from drd.cli.words import words_of

    return given_reason(common, words_of(common), reason)


def _pairs(pairs: Iterable[str]) -> dict[str, str]:
    from drd.cli.faults import usage_error

    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals or name in found:
            raise usage_error(f"not an output, or given twice: {pair!r}", "write --gave NAME=VALUE, each name once")
        found[name] = value
    return found


def _confirmed(common: Common, run: str, request: str, confirm: str, reason: str) -> int:
    from drd.cli.starting import confirmed_name
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        shape = daemon.run(run).run
    if shape.mode is not Mode.DRILL:
        confirm = confirmed_name(common, words_of(common), shape.service or shape.tenant, confirm)
    body = ControlBody.model_validate({"request": request, "reason": _reason(common, reason), "confirm": confirm})
    return _control(common, shape.id, body)


def _control(common: Common, run: str, body: ControlBody) -> int:
    from drd.cli.output import emit
    from drd.cli.run_view import runs_sheet
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        shape: RunShape = daemon.control(run, body)
    emit(common, shape, lambda: (runs_sheet(words_of(common), [shape]),))
    return Exit.OK
