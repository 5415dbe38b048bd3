"""One fault: its kind, what it selects, and what whoever it strikes is told."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from drd.sandbox.errors import ArmError
from drd.sandbox.faults.kinds import ALLOCATION_MESSAGES, KINDS, Kind
from drd.sandbox.wire import Response, answer

_ORDERED = "A fault was ordered for this call."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a fault is held against: a call, or what a provider asks about on behalf of one.

    Attributes:
        path: of the call, or the id of what is asked about.
        regions: those that the call needs, or where the target is.
        instant: when a recovery point was taken, where one is asked about.
        token: the place of the caller's token among all that were given, from 1.
        inside: Azure sends it to itself, such as a deployment that makes its resources.
    """

    at: datetime | None = None
    method: str = ""
    path: str = ""
    operation: str = ""
    identity: str = ""
    regions: tuple[str, ...] = ()
    instant: datetime | None = None
    token: int = 0
    inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, for whom and how often: the next `count` matching calls after the first `skip`, None for all.

    A text that selects and is empty selects everything. `path_contains` is a plain part of the path; `resource` is one
    or more whole segments of it (between / or ;) with `*` for anything, such as a name or an id; `operation` is an ARM
    action's name with `*`. `starts` and `ends` bound it in world time; `lasts` bounds it from the order on.
    `callers_only` spares what Azure sends to itself. `probability` is decided by seed, fault and match, so that it
    repeats.

    `after_accepting` lets the call take effect and spoils only the answer. `body` is answered as it stands instead of
    an error, whatever the status; `hang` answers nothing at all, `reset` breaks the connection. `seconds` (world time)
    is how late an answer or a list is. `points_from` and `points_until` select recovery points by when they were taken.
    """

    kind: str = "error"
    status: int = 500
    code: str = "InternalServerError"
    message: str = ""
    method: str = ""
    path_contains: str = ""
    operation: str = ""
    resource: str = ""
    region: str = ""
    identity: str = ""
    callers_only: bool = False
    probability: float = 1.0
    count: int | None = 1
    skip: int = 0
    starts: datetime | None = None
    ends: datetime | None = None
    lasts: timedelta | None = None
    retry_after: float | str | None = None
    after_accepting: bool = False
    body: str | None = None
    hang: bool = False
    reset: bool = False
    seconds: float = 0.0
    mode: str = ""
    exit_code: int = 0
    points_from: datetime | None = None
    points_until: datetime | None = None
    id: str = ""

    @property
    def what(self) -> Kind:
        """Return its kind."""
        return KINDS[self.kind]

    @property
    def said(self) -> str:
        """Return the message, or what its kind and code say."""
        return self.message or ALLOCATION_MESSAGES.get(self.code, _ORDERED)

    def error(self, status: int | None = None) -> ArmError:
        """Return what a provider raises when this struck."""
        retry = self.retry_after if isinstance(self.retry_after, int | float) else None
        return ArmError(status or self.status, self.code, self.said, retry_after=retry)

    def response(self) -> Response:
        """Return the answer that the caller gets."""
        if self.hang or self.reset:
            return Response(status=504, hang=self.hang, reset=self.reset)
        if self.body is not None:
            headers = {"content-type": "application/json; charset=utf-8"}
            return Response(status=self.status, headers=headers, body=self.body.encode())
        headers = {"x-ms-error-code": self.code}
        if self.retry_after is not None:
            headers["retry-after"] = _header(self.retry_after)
        return answer(self.status, {"error": {"code": self.code, "message": self.said}}, headers)


def _header(retry_after: float | str) -> str:
    """Write a Retry-After with all its digits, however absurd."""
    whole = isinstance(retry_after, str) or not float(retry_after).is_integer()
    return str(retry_after) if whole else str(int(float(retry_after)))


@dataclass(frozen=True, slots=True)
class Selection:
    """A fault's selection, made ready for many questions."""

    fault: Fault
    _operation: re.Pattern[str] | None = field(init=False)
    _resource: re.Pattern[str] | None = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the patterns."""
        operation, resource = self.fault.operation, self.fault.resource.strip("/")
        object.__setattr__(self, "_operation", re.compile(_glob(operation)) if operation else None)
        object.__setattr__(
            self, "_resource", re.compile(f"(?:.*[/;])?{_glob(resource)}(?:[/;].*)?") if resource else None
        )

    def covers(self, asked: Asked) -> bool:
        """Tell whether a call, or what is asked about, is meant; time is asked apart."""
        fault = self.fault
        return (
            (not fault.method or fault.method.upper() == asked.method.upper())
            and not (fault.callers_only and asked.inside)
            and fault.path_contains.casefold() in asked.path.casefold()
            and (self._operation is None or self._operation.fullmatch(asked.operation.casefold()) is not None)
            and (self._resource is None or self._resource.fullmatch(asked.path.strip("/").casefold()) is not None)
            and self._agrees(asked)
        )

    def _agrees(self, asked: Asked) -> bool:
        fault = self.fault
        taken = asked.instant
        return (
            (not fault.region or fault.region.casefold() in {region.casefold() for region in asked.regions})
            and (not fault.identity or fault.identity.casefold() == asked.identity.casefold())
            and (fault.points_from is None or (taken is not None and taken >= fault.points_from))
            and (fault.points_until is None or (taken is not None and taken < fault.points_until))
        )

    def stands(self, at: datetime | None) -> bool:
        """Tell whether the fault stands at an instant."""
        starts, ends = self.fault.starts, self.fault.ends
        return at is None or ((starts is None or starts <= at) and (ends is None or at < ends))


def _glob(text: str) -> str:
    return ".*".join(re.escape(part) for part in text.casefold().split("*"))


def make(kind: str, **members: Any) -> Fault:  # noqa: ANN401 - the members of a fault
    """Return a fault of a kind with what the kind assumes, changed by `members`.

    Raises:
        KeyError: no such kind.
    """
    found = KINDS[kind]
    given = {**found.assumes, **members}
    if "count" not in members:
        bounded = found.lasts or any(members.get(name) for name in ("ends", "lasts")) or "probability" in members
        given["count"] = None if bounded else 1
    return Fault(kind=kind, **given)
