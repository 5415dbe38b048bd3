"""A world in a file: what it was planted with, what reached it since, and the clock. JSON lines, and no code.

Restoring plants the same estate with the same seed and asks everything again at the instants at which it was asked, so
the journal is the same afterwards; its hash at the end of the file proves it. What was done to the world by calling
its parts directly, as tests do, is not in a snapshot.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from drd.sandbox.limits import BucketSize, Limits, Policy, WindowSize
from drd.sandbox.recording import ASK, CONNECT, TALK, Event
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

VERSION = "sandbox-snapshot/v1"
_KINDS = frozenset({ASK, CONNECT, TALK})


class SnapshotError(Exception):
    """A file that no world can be restored from; the text says what is wrong and on which line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a snapshot says.

    Attributes:
        head: seed, spread, page size, tokens and estate.
        events: what reached the world, in order.
        now: the world's instant when it was taken, and `speed` its pace.
        digest: the journal's.
    """

    head: JsonObject
    events: tuple[Event, ...]
    now: datetime
    speed: float
    digest: str


def snapshot_text(world: World) -> str:
    """Return the snapshot of a world that only requests have changed."""
    lines = [_dump(_head(world)), *(_dump(_event_line(event)) for event in world.recording.events)]
    seal = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    end = {
        "now": world.now().isoformat(),
        "speed": world.clock.speed,
        "events": len(world.recording.events),
        "journal": world.journal.digest(),
        "sha256": seal,
    }
    return "\n".join([*lines, _dump({"end": end})]) + "\n"


def read_snapshot(text: str) -> Snapshot:
    """Read what `snapshot_text` wrote.

    Raises:
        SnapshotError: it is damaged, cut off, of another version, or no snapshot.
    """
    lines = text.splitlines()
    parsed = list(_parsed(lines))
    head = parsed[0] if parsed else {}
    found = head.get("drd")
    if found != VERSION:
        raise SnapshotError(f"line 1: not a snapshot of this version: 'drd' is {found!r}, not {VERSION!r}")
    end = parsed[-1].get("end")
    if not isinstance(end, dict):
        raise SnapshotError(f"line {len(lines)}: the end is missing: the file was cut off")
    if end.get("sha256") != hashlib.sha256("\n".join(lines[:-1]).encode()).hexdigest():
        raise SnapshotError("the file was changed after it was written: its hash is another one")
    try:
        return Snapshot(
            head=head,
            events=tuple(_event(line, place) for place, line in enumerate(parsed[1:-1], 2)),
            now=datetime.fromisoformat(end["now"]),
            speed=float(end["speed"]),
            digest=str(end["journal"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SnapshotError(f"a line does not say what it should: {error}") from error


def limits_in(head: JsonObject) -> Limits:
    """Return the limits that a world was planted with.

    Raises:
        KeyError, TypeError: the head does not say them.
    """
    told = head["limits"]
    return Limits(
        arm={kind: BucketSize(**size) for kind, size in told["arm"].items()},
        global_factor=told["global_factor"],
        services={name: WindowSize(**size) for name, size in told["services"].items()},
        policies={
            name: Policy(
                name=one["name"],
                windows=tuple(WindowSize(**size) for size in one["windows"]),
                resource=BucketSize(**one["resource"]) if one["resource"] else None,
            )
            for name, one in told["policies"].items()
        },
        operations=dict(told["operations"]),
    )


def _head(world: World) -> JsonObject:
    return {
        "drd": VERSION,
        "seed": world.seed,
        "spread": world.profile.spread,
        "hurry": world.profile.hurry,
        "page-size": world.page_size,
        "identity-header": world.identities.header,
        "limits": asdict(world.throttling.limits),
        "planted-at": world.recording.planted_at.isoformat(),
        "tokens": {"kept": world.identities.foreign(), "drawn": world.identities.drawn_before},
        "estate": {"name": world.estate[0], "text": world.estate[1]},
    }


def _event_line(event: Event) -> JsonObject:
    line: JsonObject = {
        "kind": event.kind,
        "at": event.at.isoformat(),
        "settled": event.settled.isoformat(),
        "host": event.host_at.isoformat(),
        "method": event.method,
        "target": event.target,
    }
    if event.drill:
        line["drill"] = True
    if event.headers:
        line["headers"] = dict(event.headers)
    if event.body:
        line["body"] = base64.b64encode(event.body).decode()
    return line


def _event(line: JsonObject, number: int) -> Event:
    if line.get("kind") not in _KINDS:
        raise SnapshotError(f"line {number}: unknown kind {line.get('kind')!r}")
    return Event(
        kind=line["kind"],
        at=datetime.fromisoformat(line["at"]),
        settled=datetime.fromisoformat(line["settled"]),
        host_at=datetime.fromisoformat(line["host"]),
        method=line["method"],
        target=line["target"],
        drill=bool(line.get("drill", False)),
        headers=dict(line.get("headers", {})),
        body=base64.b64decode(line.get("body", "")),
    )


def _parsed(lines: list[str]) -> Iterator[JsonObject]:
    for number, line in enumerate(lines, 1):
        try:
            found: Any = json.loads(line)
        except ValueError as error:
            raise SnapshotError(f"line {number}: not JSON: {error}") from error
        if not isinstance(found, dict):
            raise SnapshotError(f"line {number}: not a JSON object")
        yield found


def _dump(line: JsonObject) -> str:
    return json.dumps(line, separators=(",", ":"), ensure_ascii=True)
