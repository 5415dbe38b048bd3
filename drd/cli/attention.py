"""What a person must do now in a run: approvals to answer and steps to decide on, each with the exact command."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from shlex import quote

from drd.api.wire.runs import NoteShape, RunDetailShape, StepShape
from drd.cli.ages import at
from drd.cli.outcome import family
from drd.cli.words import Words
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import APPROVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing that waits for a person.

    Attributes:
        what: in one sentence.
        why: the failure's message, or the question; may be empty.
        commands: what to type, the most likely first; a shell takes each as it stands.
    """

    run: str
    step: str
    what: str
    why: str
    hint: str
    commands: tuple[str, ...]


def is_asked(step: StepShape) -> bool:
    """Say whether a step waits for an approval."""
    return step.uses == APPROVE and step.state is StepState.WAITING


def things_due(words: Words, run: RunDetailShape) -> Iterator[Due]:
    """Give what waits in a run and in those it started."""
    for each in family(run):
        name = each.run.service or each.run.runbook
        for step in each.steps:
            due = _of_step(words, each, step, name)
            if due is not None:
                yield due
        if not each.run.state.final:
            yield from _of_run(words, each, name)


def _of_run(words: Words, run: RunDetailShape, name: str) -> Iterator[Due]:
    resume, cancel = f"drd run resume {run.run.id}", f"drd run cancel {run.run.id} --reason ..."
    if run.damage:
        abandon = f"drd run abandon {run.run.id} --confirm {run.run.service or run.run.tenant} --reason ..."
        yield _due(run, "", words.say("due-damaged", service=name), run.damage, abandon)
    elif run.parked:
        yield _due(run, "", words.say("due-run-parked", service=name), run.parked, resume, cancel)
    elif run.paused:
        yield _due(run, "", words.say("due-paused", service=name), _paused(words, run.pause), resume)


def _paused(words: Words, pause: NoteShape | None) -> str:
    """Say who paused a run, when, and why if they said it."""
    if pause is None:
        return ""
    by = words.say("due-paused-by", actor=pause.actor, at=at(pause.at))
    return f"{by}: {pause.text}" if pause.text else by


def _of_step(words: Words, run: RunDetailShape, step: StepShape, name: str) -> Due | None:
    if run.run.state.final:
        return None
    where = f"{run.run.id} {quote(step.id)}"
    does = words.of(step.text, step.uses)
    if is_asked(step):
        approval = quote(f"{run.run.id}/{step.id}")
        asked, no = f"drd approval approve {approval}", f"drd approval deny {approval} --reason ..."
        return _due(run, step.id, words.say("due-approval", service=name, does=words.of(step.ask, does)), "", asked, no)
    retry, skip = f"drd run retry {where}", f"drd run skip {where} --reason ..."
    resolve = f"drd run resolve {where} --reason ..."
    if step.held and step.state is StepState.PENDING:
        release = f"drd run release {where}"
        return _due(run, step.id, words.say("due-held", service=name, does=does), "", release)
    if step.state is StepState.PARKED:
        adopt = (f"drd run adopt {where} --reason ...",) if step.found else ()
        found = words.say("found", what=_told(step.found)) if step.found else ""
        why = " ".join(each for each in (step.question, found) if each)
        what = words.say("due-parked", service=name, does=does)
        return _due(run, step.id, what, why, *adopt, resolve, retry, skip)
    if step.state is StepState.FAILED and not step.settled and run.run.state is not RunState.STOPPING:
        failure = step.failure or {}
        due = _due(run, step.id, words.say("due-failed", service=name, does=does), "", retry, resolve, skip)
        return Due(
            run=due.run,
            step=due.step,
            what=due.what,
            why=str(failure.get("message", "")),
            hint=str(failure.get("hint", "")),
            commands=due.commands,
        )
    return None


def _told(found: Mapping[str, object]) -> str:
    """Say in short what was found: what it is, on what, since when."""
    return " ".join(str(found[name]) for name in ("kind", "target", "started-at", "job") if found.get(name))


def _due(run: RunDetailShape, step: str, what: str, why: str, *commands: str) -> Due:
    return Due(run=run.run.id, step=step, what=what, why=why, hint="", commands=commands)


def due_lines(words: Words, run: RunDetailShape) -> list[str]:
    """Give what waits, as lines."""
    lines: list[str] = []
    for due in things_due(words, run):
        lines.append(words.say("needs-you", what=due.what))
        lines.extend(f"  {text}" for text in (due.why, words.say("hint", hint=due.hint) if due.hint else "") if text)
        lines.extend(f"  $ {command}" for command in due.commands)
    return lines
