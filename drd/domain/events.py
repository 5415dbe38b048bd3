"""What happens in a run, as facts in order. A run's state is a fold over them and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from json import encoder
from typing import Any

from drd.domain.canonical import Json, canonical_json
from drd.domain.durations import format_instant
from drd.domain.ids import RunId, StepId

FORMAT = 2
"""Version of the journal's form: what new events are written in. Each event tells its own, so that journals of every
released version replay on the newest code, also where a run was begun by one version and ended by another.

1: the first. 2: knows more kinds (holding, notes, adoption, a change of grace, runs that are parked).
"""

GENESIS = "0" * 64
"""The previous hash of a run's first event."""

BY_PLAN = "by-plan"
"""Member of a STEP_SKIPPED payload: true where the plan itself leaves the step out of this run (`ungraceful`)."""


class Kind(StrEnum):
    """Kinds of event, with the members of their payload. Instants are ISO 8601 texts, all numbers integers.

    RUN_ACCEPTED: plan (hash), lock, runbook, tenant, service, mode, graceful, incident-at, parent (run, step) or null;
        kill (drd.domain.conductor) of a drill that ends its daemon once.
    RUN_CLAIMED: daemon, boot. A daemon took the run, at its start or after a restart.
    RUN_PAUSED, RUN_RESUMED, RUN_CANCEL: a person's request (actor, reason).
    RUN_GRACE: graceful, again (steps that the old word had left out and that are due again).
    RUN_UNDO: a person wants the done steps taken back. RUN_NOTE: step (or null); the text is the reason. kill (moment,
        ends, because, daemon, boot): the daemon is about to end itself there, or does not after all.
    RUN_PARKED: question. The run was claimed too often, or comes from a copy of the store: it waits for a person, until
        RUN_RESUMED.
    RUN_FINISHED: state, because, figures (drd.domain.figures); of a drill also leftovers (ids still in the ledger).
    STEP_INTENT: operation-id, values (resolved), targets. Durable before anything leaves.
    STEP_RECORDED: operation (what the other side accepted); looked. Durable before the first poll.
    STEP_DONE: outputs; by-hand (true) where a person says that it is done; looked.
    STEP_FAILED: failure, final (false: it is tried again at retry-at), in-doubt.
    STEP_SKIPPED: because, by-plan.
    STEP_PARKED: question, found (an operation that a person may adopt; absent where nothing was found), in-doubt (false
        where nothing of the step had left).
    STEP_ADOPTED: operation. A person says that what was found is the step's own; it is followed.
    STEP_RETRY: a person asks for another attempt (actor, reason); again: steps after it that begin anew with it.
    STEP_HELD, STEP_RELEASED: a person keeps a step from starting, and lets it go again.
    APPROVAL_ASKED: plan (hash), by, minimum, expires-at. APPROVAL_GIVEN, APPROVAL_DENIED: a person's answer.
    CHILD_STARTED: run, adopted. A child run was accepted or adopted.
    UNDO_STARTED: steps (in the order in which they are taken back), calls (by step: uses, with).
    """

    RUN_ACCEPTED = "run.accepted"
    RUN_CLAIMED = "run.claimed"
    RUN_PAUSED = "run.paused"
    RUN_RESUMED = "run.resumed"
    RUN_CANCEL = "run.cancel"
    RUN_GRACE = "run.grace"
    RUN_UNDO = "run.undo"
    RUN_NOTE = "run.note"
    RUN_PARKED = "run.parked"
    RUN_FINISHED = "run.finished"
    STEP_INTENT = "step.intent"
    STEP_RECORDED = "step.recorded"
    STEP_DONE = "step.done"
    STEP_FAILED = "step.failed"
    STEP_SKIPPED = "step.skipped"
    STEP_PARKED = "step.parked"
    STEP_ADOPTED = "step.adopted"
    STEP_RETRY = "step.retry"
    STEP_HELD = "step.held"
    STEP_RELEASED = "step.released"
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_GIVEN = "approval.given"
    APPROVAL_DENIED = "approval.denied"
    CHILD_STARTED = "child.started"
    UNDO_STARTED = "undo.started"


ORDER = "order"
"""Member of any payload: id of the order, left by another daemon, that the event carries out."""

KILL = "kill"
"""Member of a RUN_ACCEPTED payload: where the drill's daemon is to die; of a RUN_NOTE payload: what became of that."""

BOOT = "boot"
"""Member of a RUN_CLAIMED payload: which life of the daemon's process it was."""
FILES = "runbook-files"
"""Member of a RUN_ACCEPTED payload: digest and version of the files that the plan was made of, by runbook."""

LOOKED = "looked"
"""Member of a STEP_RECORDED or STEP_DONE payload, where the attempt was in doubt: what was found of it, `under-way`,
`present`, or `absent` so that it was sent after that."""

BY_HAND = "by-hand"
"""Member of a STEP_DONE payload: true where a person resolved the step, so that its outputs are theirs."""

IN_DOUBT = "in-doubt"
"""Member of a STEP_FAILED payload: true where what was sent may still stand, so that the next attempt looks for it."""


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class Event:
    """One fact of a run.

    Attributes:
        sequence: 1, 2, 3 ... within the run, without gaps.
        at: world time, UTC.
        actor: who caused it; `drd` for the engine itself.
        token: fencing token of the claim under which it was written.
        previous: hash of the event before; `GENESIS` for the first.
        hash: SHA-256 over everything else.
        format: version of the form that it was written in.
    """

    run: RunId
    sequence: int
    kind: Kind
    at: datetime
    step: StepId | None = None
    attempt: int = 0
    payload: Mapping[str, Json] = field(default_factory=dict)
    actor: str = "drd"
    reason: str = ""
    token: int = 0
    previous: str = GENESIS
    hash: str = ""
    format: int = FORMAT
    _written: tuple[str, str] | None = field(default=None, init=False, repr=False, compare=False)

    def __init__(
        self,
        *,
        run: RunId,
        sequence: int,
        kind: Kind,
        at: datetime,
        step: StepId | None = None,
        attempt: int = 0,
        payload: Mapping[str, Json] | None = None,
        actor: str = "drd",
        reason: str = "",
        token: int = 0,
        previous: str = GENESIS,
        hash: str = "",  # noqa: A002 - the member's own name, as a dataclass has it
        format: int = FORMAT,  # noqa: A002 - as above
    ) -> None:
        """Make an event. Written out: what a frozen dataclass writes takes three times as long, for each event read."""
        _run(self, run)
        _sequence(self, sequence)
        _kind(self, kind)
        _at(self, at)
        _step(self, step)
        _attempt(self, attempt)
        _payload(self, {} if payload is None else payload)
        _actor(self, actor)
        _reason(self, reason)
        _token(self, token)
        _previous(self, previous)
        _hash(self, hash)
        _format(self, format)
        _written(self, None)

    def to_json(self) -> dict[str, Json]:
        """Write everything that the hash covers."""
        return {
            "format": self.format,
            "run": self.run,
            "sequence": self.sequence,
            "kind": self.kind.value,
            "at": format_instant(self.at),
            "step": self.step,
            "attempt": self.attempt,
            "payload": dict(self.payload),
            "actor": self.actor,
            "reason": self.reason,
            "token": self.token,
            "previous": self.previous,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Event":
        """Read what `to_json` wrote, with the event's `hash` beside it. The hash is not checked.

        Raises:
            KeyError, ValueError: if it is not an event, or one of a kind that only a newer drd knows.
        """
        return cls(
            run=RunId(stored["run"]),
            sequence=stored["sequence"],
            kind=Kind(stored["kind"]),
            at=datetime.fromisoformat(stored["at"]),
            step=StepId(stored["step"]) if stored["step"] is not None else None,
            attempt=stored["attempt"],
            payload=stored["payload"],
            actor=stored["actor"],
            reason=stored["reason"],
            token=stored["token"],
            previous=stored["previous"],
            hash=stored["hash"],
            format=stored["format"],
        )

    def sealed(self, previous: str) -> "Event":
        """Give the event with its place in the hash chain, its instant cut to the millisecond that the chain holds."""
        return seal(replace(self), previous)

    def intact(self) -> bool:
        """Say whether the hash is that of the rest."""
        return (self._written is not None and self.hash == _digest(self, *self._written)) or (
            self.hash == _digest(self, format_instant(self.at), canonical_json(self.payload))
        )

    @property
    def at_text(self) -> str:
        """The instant as the hash covers it."""
        return self._written[0] if self._written else format_instant(self.at)

    @property
    def payload_text(self) -> str:
        """The payload as the hash covers it."""
        return self._written[1] if self._written else canonical_json(self.payload)


# How each member of an event is set, in their order.
(
    _run, _sequence, _kind, _at, _step, _attempt, _payload,
    _actor, _reason, _token, _previous, _hash, _format, _written,
) = (vars(Event)[name].__set__ for name in Event.__slots__)  # fmt: skip


def seal(event: Event, previous: str) -> Event:
    """Seal an event in its place, for who has just made it and shown it to nobody. `Event.sealed` without a copy."""
    at = to_millisecond(event.at)
    written = (format_instant(at), canonical_json(event.payload))
    _at(event, at)
    _previous(event, previous)
    _written(event, written)
    _hash(event, _digest(event, *written))
    return event


def as_written(event: Event, at: str, payload: str) -> Event:
    """Keep with an event the texts that it was read from: its hash is checked over them, and they need no new writing.

    They must say what the event says. Where they are not in their one form, its members are written anew.
    """
    _written(event, (at, payload))
    return event


_quoted = encoder.encode_basestring


def _digest(event: Event, at: str, payload: str) -> str:
    # The canonical JSON of to_json, members in their one order: written out because every step pays for it twice.
    text = (
        f'{{"actor":{_quoted(event.actor)},"at":"{at}","attempt":{event.attempt},"format":{event.format}'
        f',"kind":"{event.kind}","payload":{payload},"previous":{_quoted(event.previous)}'
        f',"reason":{_quoted(event.reason)},"run":{_quoted(event.run)},"sequence":{event.sequence}'
        f',"step":{"null" if event.step is None else _quoted(event.step)},"token":{event.token}}}'
    )
    return sha256(text.encode("utf-8")).hexdigest()


def to_millisecond(instant: datetime) -> datetime:
    """Cut an instant to the millisecond, as the journal holds it."""
    over = instant.microsecond % 1000
    return instant - _OVER[over] if over else instant


_OVER = tuple(timedelta(microseconds=over) for over in range(1000))
"""What is cut off an instant: taking it away costs a tenth of making the instant anew, which each event pays for."""


def first_broken(events: "list[Event] | tuple[Event, ...]") -> int | None:
    """Give the sequence number of the first event whose hash, place or link is wrong; None when the chain is whole."""
    previous = GENESIS
    for place, event in enumerate(events, start=1):
        if event.sequence != place or event.previous != previous or not event.intact():
            return place
        previous = event.hash
    return None
