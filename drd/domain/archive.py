"""A run in one file that outlives its database: readable without drd, and checked by anybody who can hash a line.

One JSON text a line, each in its one form (`canonical`): a head, the plan, every event with its hash, what the ledger
holds of the run, and at the end a seal, the SHA-256 over all bytes before it. The plan's hash is the SHA-256 of the
plan as it stands in its line; each event's hash covers everything else that stands in its line; each names the hash
of the one before. A seal shows that a file is whole, not who made it: who can write the file can seal it anew.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drd.domain.canonical import Json, canonical_json
from drd.domain.durations import format_instant
from drd.domain.errors import InvalidError, PermanentError
from drd.domain.events import FORMAT, Event, Kind, first_broken
from drd.domain.figures import recovery_figures
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import RecoveryPlan
from drd.domain.plan_json import plan_from_json

FORM = "run-archive/v1"
_ENDS = ("head", "plan", "seal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A run as its file tells it, checked."""

    run: RunId
    plan: RecoveryPlan
    events: tuple[Event, ...]
    ledger: tuple[Mapping[str, Any], ...]
    archived_at: str

    @property
    def state(self) -> RunState:
        """How the run ended; RUNNING for one that had not."""
        last = self.events[-1]
        return RunState(str(last.payload["state"])) if last.kind is Kind.RUN_FINISHED else RunState.RUNNING


def write(
    plan: RecoveryPlan, events: Sequence[Event], ledger: Sequence[Mapping[str, Json]], *, at: datetime
) -> Iterator[str]:
    """Give the lines of a run's file, each with its end of line.

    Raises:
        PermanentError: the journal is damaged: what would be kept as evidence is none.
    """
    broken = first_broken(tuple(events)) if events else 1
    if broken is not None:
        raise PermanentError(
            f"the journal of the run is damaged at event {broken}",
            target=events[0].run if events else "",
            hint="restore the database from its newest good copy",
            code="journal-damaged",
        )
    digest = hashlib.sha256()
    head: dict[str, Json] = {"drd": FORM, "run": events[0].run, "archived-at": format_instant(at)}
    lines: list[dict[str, Json]] = [{"head": head}, {"plan": plan.to_json()}]
    lines += [{"event": {**event.to_json(), "hash": event.hash}} for event in events]
    lines += [{"ledger": entry} for entry in ledger]
    for line in lines:
        text = canonical_json(line) + "\n"
        digest.update(text.encode("utf-8"))
        yield text
    yield canonical_json({"seal": {"lines": len(lines), "sha256": digest.hexdigest()}}) + "\n"


def read(content: bytes, *, name: str) -> Archive:
    """Read a file and check all that can be checked without a database.

    Raises:
        InvalidError: if it is no such file.
        PermanentError: if anything in it is not as it was written: `archive-broken`; or a newer drd wrote it.
    """
    lines = _sealed(content, name)
    try:
        return _checked(lines, name)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Sealed anew by somebody who left out what must be there.
        raise _broken(name, f"a line does not say what it should: {error}") from error


def _checked(lines: Sequence[dict[str, Any]], name: str) -> Archive:
    head, plan_json = lines[0]["head"], lines[1]["plan"]
    events = tuple(_event(line["event"], name) for line in lines if "event" in line)
    broken = first_broken(events) if events else 1
    if broken is not None:
        raise _broken(name, f"the chain is broken at event {broken}")
    if any(event.run != head["run"] for event in events):
        raise _broken(name, "an event is of another run")
    if hashlib.sha256(canonical_json(plan_json).encode("utf-8")).hexdigest() != events[0].payload.get("plan"):
        raise _broken(name, "the plan is not the one that the run was approved with")
    plan = plan_from_json(plan_json)
    _figures(plan, events, name)
    ledger = tuple(line["ledger"] for line in lines if "ledger" in line)
    return Archive(
        run=RunId(head["run"]), plan=plan, events=events, ledger=ledger, archived_at=str(head["archived-at"])
    )


def _sealed(content: bytes, name: str) -> list[dict[str, Any]]:
    try:
        # Only this character ends a line: people's texts hold others that some would take for an end.
        parts = content.decode("utf-8").removesuffix("\n").split("\n")
        lines = [dict(json.loads(part)) for part in parts]
    except (ValueError, TypeError) as error:
        raise _no_archive(name) from error
    found = tuple(next(iter(line), "") for line in (*lines[:2], *lines[-1:]))
    if found != _ENDS or not isinstance(lines[0]["head"], dict) or lines[0]["head"].get("drd") != FORM:
        raise _no_archive(name)
    body = "".join(f"{part}\n" for part in parts[:-1]).encode("utf-8")
    if lines[-1]["seal"] != {"lines": len(lines) - 1, "sha256": hashlib.sha256(body).hexdigest()}:
        raise _broken(name, "the seal does not fit: something was changed, put in, or taken out")
    return lines[:-1]


def _event(stored: Mapping[str, Any], name: str) -> Event:
    if stored["format"] > FORMAT or stored["kind"] not in set(Kind):
        raise PermanentError(
            "a newer drd wrote this file", target=name, hint="verify it with the newer drd", code="journal-newer"
        )
    return Event.from_json(stored)


def _figures(plan: RecoveryPlan, events: Sequence[Event], name: str) -> None:
    """Compute the figures again from the events and compare them with what the run said at its end (P8)."""
    told = events[-1].payload.get("figures")
    if told is not None and recovery_figures(plan, events).to_json() != told:
        raise _broken(name, "the figures are not those of the events")


def _no_archive(name: str) -> InvalidError:
    return InvalidError("this is no archive of a run", target=name, hint="`drd run export RUN --to FILE` writes one")


def _broken(name: str, what: str) -> PermanentError:
    return PermanentError(
        f"the archive is not as it was written: {what}",
        target=name,
        hint="compare it with another copy of the same file",
        code="archive-broken",
    )
