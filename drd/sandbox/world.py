"""The world: everything that the sandbox's Azure consists of, in one object handed to every handler."""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.agenda import Agenda, Effect
from drd.sandbox.certificates import Authority
from drd.sandbox.clock import WorldClock, host_now
from drd.sandbox.faults import Faults, Strike, named
from drd.sandbox.guests import Guests
from drd.sandbox.identities import OWNER_IDENTITY, Identities
from drd.sandbox.inner import Inner
from drd.sandbox.journal import Entry, Journal
from drd.sandbox.operations import Operations
from drd.sandbox.probes import Probes
from drd.sandbox.profile import Profile, recorded_profile
from drd.sandbox.regions import Regions
from drd.sandbox.roles import Roles, roles_of_owner
from drd.sandbox.software import Software
from drd.sandbox.state import Store

AZURE = "azure"
"""The identity in the history for what Azure did by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The parts of the world; see each part's module."""

    clock: WorldClock
    host: Callable[[], datetime]
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
    guests: Guests
    software: Software
    probes: Probes
    inner: Inner
    authority: Authority
    subscriptions: dict[str, str]
    page_size: int

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


def new_world(
    *,
    clock: WorldClock,
    seed: int = 1,
    host: Callable[[], datetime] = host_now,
    spread: float | None = None,
    page_size: int = 100,
    identity_header: str = "sandbox-identity",
) -> World:
    """Return an empty world."""
    source = random.Random(seed)  # noqa: S311 - ids that repeat for a seed, no secrets

    def new_id() -> str:
        return str(uuid.UUID(int=source.getrandbits(128), version=4))

    agenda = Agenda()
    journal = Journal()
    faults = Faults(seed)

    def journal_strike(strike: Strike) -> None:
        entry = Entry(
            number=journal.next_number,
            at=strike.at or clock.now(),
            host_at=host(),
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
    return World(
        clock=clock,
        host=host,
        seed=seed,
        new_id=new_id,
        store=Store(),
        agenda=agenda,
        operations=Operations(agenda, new_id, faults),
        regions=Regions(),
        profile=recorded_profile(seed, spread=spread),
        journal=journal,
        faults=faults,
        identities=Identities(header=identity_header, new_id=new_id, host=host),
        roles=roles_of_owner(OWNER_IDENTITY),
        guests=Guests(),
        software=Software(),
        probes=Probes(),
        inner=Inner(),
        authority=Authority(host),
        subscriptions={},
        page_size=page_size,
    )
