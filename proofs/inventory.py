"""The inventory of 10,000 items in 50 vaults of one subscription: what is asked of Azure, and what it costs.

All vaults lie in one subscription and are read by one identity, which is the hardest case: they share one bucket of
requests. The sandbox refuses what is beyond Azure's documented limits, and its journal is what counts the calls.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from drd.daemon.discovery import opener
from drd.daemon.one_process import AZURE
from drd.daemon.virtual_time import VirtualClock, VirtualTimeLoop
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.estate import ItemKind, Mechanism, Objectives, ProtectedItem, Protection, Service, Tenant
from drd.domain.ids import ArmId, ItemId, ServiceId, TenantId
from drd.domain.language import Text
from drd.operations.collect_recovery_points import Collecting, CollectRecoveryPoints
from drd.operations.points_in_turn import lists_of
from drd.ports.capabilities import OpeningTerms
from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_schedule import DailyBackup
from drd.sandbox.recovery_services.protection import add_backup_policy, add_vault, back_up, pair_regions, replicate
from drd.sandbox.recovery_services.replicated import Replicated
from drd.sandbox.state import Resource
from drd.sandbox.wire import Request
from drd.store.opening import Store, open_store
from proofs.result import Extent, Goal, Proof, Result

EVERY = timedelta(minutes=15)
CPU_SECONDS = 60.0
_EPOCH = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_TENANT = TenantId("voorbeeld")
_PLACE = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-burgerzaken"
_MACHINE = "Microsoft.Compute/virtualMachines"
_FIFTH = 5
_LIKE = f"{_PLACE}/providers/{_MACHINE}/vm-bz-app-1"
_RECOVERY_SERVICES = "microsoft.recoveryservices/vaults/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the estate is; a fifth of the vaults replicates, the others back up.

    Attributes:
        beside_runs: leave the room that collection leaves while runs are under way.
    """

    vaults: int = 50
    items_each: int = 200
    beside_runs: bool = False


@dataclass(slots=True, kw_only=True)
class Collected:
    """What one collection did.

    Attributes:
        calls: by ARM operation, from the sandbox's journal.
        twice: pages that were asked for more than once.
        refused: how often the sandbox answered 429.
        cpu_seconds: of the process, less what the sandbox itself took.
        took: world time.
        known: of how many items points are known afterwards.
        trouble: why not all was collected; empty when it was.
    """

    calls: Mapping[str, int] = field(default_factory=dict)
    twice: Sequence[str] = ()
    refused: int = 0
    cpu_seconds: float = 0.0
    took: timedelta = timedelta(0)
    known: int = 0
    trouble: str = ""

    @property
    def good(self) -> bool:
        """Say whether no promise was broken."""
        return not self.twice and not self.refused and not self.trouble


class _Services:
    """Answers the port `Services` with one municipality."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def tenants(self) -> tuple[Tenant, ...]:
        """See the port."""
        return (self._tenant,)

    def tenant(self, tenant: TenantId | None) -> Tenant:
        """See the port."""
        if tenant not in {None, self._tenant.id}:
            raise NotFoundError("no such tenant", target=str(tenant))
        return self._tenant

    def service(self, tenant: TenantId | None, service: ServiceId) -> tuple[Tenant, Service]:
        """See the port."""
        found = self.tenant(tenant).service(service)
        if found is None:
            raise InvalidError("no such service", target=service)
        return self._tenant, found


class _Wire:
    """Hands requests to the sandbox, and sees what they cost and which pages they ask for."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.cpu_seconds = 0.0
        self.asked: Counter[str] = Counter()

    async def __call__(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Answer."""
        self.asked[url] += 1
        lowered = {name.lower(): value for name, value in headers.items()}
        began = time.process_time()
        response = await self.sandbox.handle(Request(method=method, url=url, headers=lowered, body=body))
        self.cpu_seconds += time.process_time() - began
        return response.status, response.headers, response.body


def _planted(sandbox: Sandbox, size: Size) -> Tenant:
    """Plant vaults full of machines, and give the municipality whose catalogue names them all."""
    world = sandbox.world
    like = world.store.require(_LIKE)
    known = next(world.store.each(addresses.REPLICATED_ITEM_TYPE))
    replicated: Replicated = known.hidden["replicated"]
    services = []
    for number in range(size.vaults):
        replicates = number % _FIFTH == _FIFTH - 1
        region = "northeurope" if replicates else "westeurope"
        vault = add_vault(world, f"{_PLACE}/providers/{addresses.VAULT_TYPE}/rsv-{number:02}", region, {})
        if replicates:
            pair_regions(world, vault, "westeurope", "northeurope")
        else:
            at = timedelta(hours=1, minutes=number)
            add_backup_policy(world, vault, "daily-30", DailyBackup(at=at))
        items = []
        for each in range(size.items_each):
            machine = _machine(sandbox, like, f"vm-{number:02}-{each:03}")
            if replicates:
                replicate(world, vault, machine, replicated.recovery)
            else:
                back_up(world, vault, machine, "daily-30")
            mechanism = Mechanism.SITE_RECOVERY if replicates else Mechanism.BACKUP
            items.append(_item(machine, Protection(mechanism=mechanism, vault=ArmId(vault.id))))
        services.append(_service(number, items))
    return Tenant(
        id=_TENANT,
        name=Text(nl="Gemeente Voorbeeld"),
        home_region="westeurope",
        recovery_region="northeurope",
        subscriptions=(_PLACE.split("/")[2],),
        services=tuple(services),
    )


def _machine(sandbox: Sandbox, like: Resource, name: str) -> Resource:
    machine = replace(like, id=f"{_PLACE}/providers/{_MACHINE}/{name}")
    return sandbox.world.store.put(machine, at=_EPOCH - timedelta(days=60), by="azure")


def _item(machine: Resource, protection: Protection) -> ProtectedItem:
    return ProtectedItem(
        id=ItemId(machine.name), kind=ItemKind.VIRTUAL_MACHINE, resource=ArmId(machine.id), protection=(protection,)
    )


def _service(number: int, items: list[ProtectedItem]) -> Service:
    return Service(
        id=ServiceId(f"dienst-{number:02}"),
        name=Text(nl=f"Dienst {number}"),
        tier=2,
        objectives=Objectives(rpo=timedelta(hours=48), rto=timedelta(hours=24)),
        items=tuple(items),
    )


async def _collect(size: Size, count: int, folder: Path) -> list[Collected]:
    clock = VirtualClock(_EPOCH)
    sandbox = build_sandbox(clock=CalledClock(tell=clock.now), host=clock.now, spread=0)
    tenant, wire = _planted(sandbox, size), _Wire(sandbox)
    store = await open_store(f"sqlite:///{folder / 'drd.sqlite'}", daemon="proof", threads=False)
    provider = await opener("azure").open(
        OpeningTerms(
            settings={
                **AZURE,
                "identity": {"kind": "managed-identity", "client-id": "sandbox-owner"},
            },
            clock=clock,
            wire=wire,
        )
    )

    async def room() -> int:
        return lists_of(EVERY, busy=size.beside_runs)

    collect = CollectRecoveryPoints(
        Collecting(
            services=_Services(tenant),
            inventory=store.inventory,
            findings=store.findings,
            provider=provider,
            clock=clock,
            room=room,
        )
    )
    try:
        return [await _once(collect, store, wire, clock) for _ in range(count)]
    finally:
        await provider.close()
        await store.close()


async def _once(collect: CollectRecoveryPoints, store: Store, wire: _Wire, clock: VirtualClock) -> Collected:
    """Collect once, and wait until the next collection is due."""
    journal, began = wire.sandbox.world.journal, clock.now()
    before, cpu, trouble = len(journal.entries), time.process_time() - wire.cpu_seconds, ""
    wire.asked.clear()
    try:
        await collect()
    except Exception as error:  # noqa: BLE001 - a proof tells of every way in which it can fail
        trouble = repr(error)
    spent, took = time.process_time() - wire.cpu_seconds - cpu, clock.now() - began
    entries = journal.entries[before:]
    lists = [each for each in entries if each.operation.casefold().startswith(_RECOVERY_SERVICES)]
    found = Collected(
        calls=Counter(each.operation.partition("/")[2] for each in lists),
        twice=[url for url, times in wire.asked.items() if times > 1 and "/vaults" in url.casefold()],
        refused=sum(each.status == HTTPStatus.TOO_MANY_REQUESTS for each in entries),
        cpu_seconds=spent,
        took=took,
        known=len(await store.inventory.items(_TENANT)),
        trouble=trouble,
    )
    await clock.sleep(max(EVERY - took, timedelta(0)))
    return found


def collected(size: Size, count: int) -> list[Collected]:
    """Collect so many times, fifteen minutes apart, in virtual time."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(_collect(size, count, Path(folder)))


def told(found: Sequence[Collected], size: Size) -> Result:
    """Tell what came of it."""
    most = max(each.cpu_seconds for each in found)
    longest = max(each.took for each in found)
    items, day = size.vaults * size.items_each, timedelta(days=1) // EVERY
    goals = [
        Goal(
            text=f"at most {CPU_SECONDS:g} s of CPU a collection, without the sandbox's own: {most:.1f} s at most",
            met=most <= CPU_SECONDS,
        ),
        Goal(
            text=f"each is over before the next: {longest.total_seconds() / 60:.1f} min of {EVERY} at most",
            met=longest <= EVERY,
        ),
    ]
    if len(found) >= day:
        goals.append(Goal(text=f"points of all {items:,} items within a day", met=found[day - 1].known == items))
    last = ", ".join(f"{name} {calls}" for name, calls in sorted(found[-1].calls.items()))
    return Result(
        done=len(found),
        bad=tuple(f"collection {number}" for number, each in enumerate(found, 1) if not each.good),
        figures=(
            f"{items:,} items in {size.vaults} vaults of one subscription; pages asked for twice:"
            f" {sum(len(each.twice) for each in found)}; answers 429: {sum(each.refused for each in found)}; calls of"
            f" the last collection: {last}; points known of {found[-1].known:,} items after"
            f" {len(found)} collections of {EVERY.total_seconds() / 60:g} min"
        ),
        goals=tuple(goals),
    )


def prove(extent: Extent) -> Result:
    """Collect as often as is asked."""
    size = Size()
    return told(collected(size, extent.count), size)


PROOF = Proof(
    name="inventory",
    tests="-",
    promises="-",
    says="collect 10,000 items in 50 vaults of one subscription every 15 minutes, within Azure's documented limits"
    " (CI: 160 items in 5 vaults)",
    asks="each page of each list asked for once a collection, no 429, at most 60 s of CPU",
    unit="collections",
    full=4,
    share=2,
    prove=prove,
)
