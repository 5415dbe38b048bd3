"""A provider is a set of offers; an action asks it for a capability by name and gets that Protocol, typed.

The Protocols stand beside this file: `vaults`, `backups`, `replication`, `machines`, `networks`, `groups`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from drd.domain.canonical import Json
from drd.domain.durations import format_instant, parse_instant
from drd.domain.errors import PermanentError

T = TypeVar("T")


@dataclass(frozen=True)
class Offer:
    """One capability and what answers for it."""

    name: str
    answer: object


@dataclass(frozen=True)
class Capability(Generic[T]):
    """The name of a capability, bound to its Protocol by annotating it: `BACKUPS: Capability[Backups]`."""

    name: str

    def by(self, answer: T) -> Offer:
        """Offer the capability. mypy refuses a half-done class here."""
        return Offer(self.name, answer)


async def _nothing_to_close() -> None:
    return


def _nothing_expires() -> Mapping[str, datetime]:
    return {}


@dataclass(frozen=True)
class Provider:
    """Everything that one cloud offers.

    Attributes:
        close: ends its connections; may be called twice.
        expiries: gives when what it signs in with ends, by kind and in host time, where a person has to renew it.
    """

    name: str
    offers: tuple[Offer, ...]
    close: Callable[[], Awaitable[None]] = _nothing_to_close
    expiries: Callable[[], Mapping[str, datetime]] = _nothing_expires

    def capability(self, wanted: Capability[T]) -> T:
        """Give what answers for the capability.

        Raises:
            PermanentError: if the provider does not offer it.
        """
        for offer in self.offers:
            if offer.name == wanted.name:
                return cast("T", offer.answer)
        raise PermanentError(
            f"the provider does not offer {wanted.name}",
            target=self.name,
            hint="choose another provider in the settings, or leave the step out",
            code="capability-missing",
        )

    def offered(self) -> frozenset[str]:
        """Name all capabilities, for readiness."""
        return frozenset(offer.name for offer in self.offers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A long-running operation that the other side accepted: enough to follow it after a restart.

    Attributes:
        kind: which capability follows it: `arm`, `backup-restore`, `cross-region-restore`, `site-recovery`.
        target: the ARM id that it works on.
        status_url: where its status is asked (Azure-AsyncOperation), or empty.
        location_url: the Location header, or empty.
        job: id of the service's own job, where it has one and it is known.
        details: what else the capability needs to follow it.
    """

    kind: str
    target: str
    started_at: datetime
    request_id: str = ""
    status_url: str = ""
    location_url: str = ""
    job: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """Write it for the journal."""
        return {
            "kind": self.kind,
            "target": self.target,
            "started-at": format_instant(self.started_at),
            "request-id": self.request_id,
            "status-url": self.status_url,
            "location-url": self.location_url,
            "job": self.job,
            "details": dict(self.details),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Operation":
        """Read it from the journal."""
        return cls(
            kind=stored["kind"],
            target=stored["target"],
            started_at=parse_instant(stored["started-at"]),
            request_id=stored["request-id"],
            status_url=stored["status-url"],
            location_url=stored["location-url"],
            job=stored["job"],
            details=stored["details"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How an operation stands. It never says that the world is as wanted: read that back.

    Attributes:
        finished: True when it ended well. An operation that ended badly raises OperationFailedError instead.
        started_at, ended_at: by the service's own clock, where it says so.
        wait_seconds: world seconds that the service asks to wait before the next question, or None.
        details: figures of the finished operation (names of what it made, job id).
        known: False when no address and no job tells of it any more, and the world shows no work on it.
    """

    finished: bool
    started_at: datetime | None = None
    ended_at: datetime | None = None
    wait_seconds: int | None = None
    progress_percent: int | None = None
    job: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    known: bool = True


@dataclass(frozen=True, kw_only=True)
class OpeningTerms:
    """What a provider gets from the daemon to open itself. Attributes are set by wiring; see `daemon/wiring.py`.

    Attributes:
        settings: the provider's own piece of the settings, parsed (`azure: {...}`), as plain data.
        clock: world time.
        wire: None for the real network; else a callable from request to response in the same process.
        watch: told of every request that left, for metrics and the request log.
    """

    settings: Mapping[str, Any]
    clock: object
    wire: object | None = None
    watch: Callable[["SentRequest"], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRequest:
    """One request that left drd, for logs and metrics. Never a body, never a token.

    Attributes:
        waited_ms: world time for which it was held back before it left, because little of a budget was left.
        left: when it left, by the event loop's clock. date: the `Date` of its answer, as it stood there.
        correlation_id: under which Azure's activity log knows it; empty where no answer said so.
    """

    provider: str
    method: str
    url: str
    status: int | None
    request_id: str
    took_ms: int
    remaining: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    waited_ms: int = 0
    left: float | None = None
    date: str = ""
    correlation_id: str = ""


@dataclass(frozen=True)
class Opener:
    """The last line of `providers/NAME/provider.py`: `PROVIDER = Opener(open_provider)`."""

    open: Callable[[OpeningTerms], Awaitable[Provider]]
