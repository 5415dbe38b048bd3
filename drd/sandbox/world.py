"""The world: everything that the sandbox's Azure consists of, in one object handed to every handler."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime

from drd.sandbox.agenda import Agenda, Effect
from drd.sandbox.certificates import Authority
from drd.sandbox.clock import HostTime, WorldClock, WorldTime, host_now
from drd.sandbox.faults import Faults, Strike, named
from drd.sandbox.guests import Guests
from drd.sandbox.identities import OWNER_IDENTITY, Identities
from drd.sandbox.inner import Inner
from drd.sandbox.journal import Entry, Journal
from drd.sandbox.limits import Limits, documented_limits
from drd.sandbox.operations import Operation, Operations
from drd.sandbox.probes import Probes
from drd.sandbox.profile import Profile, recorded_profile
from drd.sandbox.recording import Recording
from drd.sandbox.regions import Regions
from drd.sandbox.roles import Roles, roles_of_owner
from drd.sandbox.software import Software
from drd.sandbox.state import Store
from drd.sandbox.throttling import Throttling

AZURE = "azure"
"""The identity in the history for what Azure did by itself."""

_HALFWAY = frozenset({"Accepted", "Creating", "Updating", "Deleting"})
"""The provisioning states that only an operation leads out of."""


_LASTING = frozenset(
    {"clock", "host", "seed", "profile", "identities", "inner", "authority", "page_size", "furnish", "estate"}
)
"""The parts that a reset keeps: time goes on, and callers keep what they hold, their tokens included."""


# Not frozen: a reset replaces its parts, and nothing else does.
@dataclass(slots=True, kw_only=True)
class World:
    """The parts of the world; see each part's module. `furnish` plants what stands in it at the start.

    `estate` is the name and the text of the file that this was read from.
    """

    clock: WorldTime
    host: HostTime
    seed: int
    new_id: Callable[[], str]
    store: Store
    agenda: Agenda
    operations: Operations
    regions: Regions
    profile: Profile
    journal: Journal
    faults: Faults
    identities: Identities
    roles: Roles
    throttling: Throttling
    guests: Guests
    software: Software
    probes: Probes
    inner: Inner
    authority: Authority
    subscriptions: dict[str, str]
    page_size: int
    recording: Recording
    furnish: Callable[["World"], None] = lambda _world: None
    estate: tuple[str, str] = ("", "")

    def now(self) -> datetime:
        """Return world time."""
        return self.clock.now()

    def settle(self) -> datetime:
        """Apply every effect that is due, and return the instant up to which the world is now true."""
        now = self.clock.now()
        self.agenda.settle(now, self.regions.is_lost)
        return now

    def schedule(self, at: datetime, effect: Effect, *, region: str = "") -> None:
        """Let an effect take place later without an operation, such as re-replication after a failover."""
        self.agenda.at(at, effect, region=region)

    def plant(self, furnish: Callable[["World"], None], estate: tuple[str, str]) -> None:
        """Furnish an empty world; meanwhile time stands still."""
        self.furnish, self.estate = furnish, estate
        self._at_once()

    def reset(self) -> None:
        """Go back to what was planted, at the present instant; the journal begins anew."""
        fresh = new_world(
            clock=self.clock,
            seed=self.seed,
            host=self.host,
            spread=self.profile.spread,
            page_size=self.page_size,
            limits=self.throttling.limits,
        )
        for part in fields(self):
            if part.name not in _LASTING:
                setattr(self, part.name, getattr(fresh, part.name))
        self.identities.keep_all()
        self._at_once()

    def _at_once(self) -> None:
        held, now = self.clock.held, self.clock.now()
        self.clock.held = now
        try:
            self.furnish(self)
        finally:
            self.clock.held = held
        self.recording = Recording(planted_at=now)
        self.agenda.settled = now


def new_world(
    *,
    clock: WorldClock,
    seed: int = 1,
    host: Callable[[], datetime] = host_now,
    spread: float | None = None,
    hurry: float = 1.0,
    page_size: int = 100,
    identity_header: str = "sandbox-identity",
    limits: Limits | None = None,
) -> World:
    """Return an empty world."""
    time = clock if isinstance(clock, WorldTime) else WorldTime(clock)
    host_time = host if isinstance(host, HostTime) else HostTime(host)
    new_id = _ids(str(seed))
    agenda = Agenda()
    journal = Journal()
    faults = Faults(seed)

    def journal_strike(strike: Strike) -> None:
        entry = Entry(
            number=journal.next_number,
            at=strike.at or time.now(),
            host_at=host_time(),
            method="",
            path=strike.target,
            operation="fault",
            status=0,
            code=strike.fault.code,
            fault=True,
            strikes=named([strike]),
        )
        journal.append(entry)

    faults.on_background = journal_strike
    store, operations = Store(), Operations(agenda, new_id, faults)
    operations.on_failure = lambda operation: _leave_failed(store, operation)
    return World(
        clock=time,
        host=host_time,
        seed=seed,
        new_id=new_id,
        store=store,
        agenda=agenda,
        operations=operations,
        regions=Regions(time.now),
        profile=recorded_profile(seed, spread=spread, hurry=hurry),
        journal=journal,
        faults=faults,
        identities=Identities(header=identity_header, new_id=_ids(f"{seed}|tokens"), host=host_time),
        roles=roles_of_owner(OWNER_IDENTITY),
        throttling=Throttling(documented_limits() if limits is None else limits),
        guests=Guests(),
        software=Software(),
        probes=Probes(),
        inner=Inner(),
        authority=Authority(host_time),
        subscriptions={},
        page_size=page_size,
        recording=Recording(planted_at=time.now()),
    )


def _leave_failed(store: Store, operation: Operation) -> None:
    """Let what an operation left halfway say that it failed, as Azure does, unless its provider said more."""
    found = store.get(operation.target)
    if found is not None and found.properties.get("provisioningState") in _HALFWAY:
        store.put(found.with_properties(provisioningState="Failed"), at=operation.ends_at, by=AZURE)


def _ids(seed: str) -> Callable[[], str]:
    """Return a source of ids that repeat for a seed; tokens have their own, so that asking for one changes no other."""
    source = random.Random(seed)  # noqa: S311 - no secrets

    def new_id() -> str:
        return str(uuid.UUID(int=source.getrandbits(128), version=4))

    return new_id
