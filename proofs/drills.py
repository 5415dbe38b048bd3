"""Drills in virtual time, and what they leave (P3, P4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Mode
from proofs import account
from proofs.stage import STARTER, Stage, troubles, virtually, whole

_NETWORKS = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-netwerk-neu"
    "/providers/Microsoft.Network/virtualNetworks"
)
DRILL_NETWORK = f"{_NETWORKS}/vnet-drill-neu"
_ISOLATED = (
    DRILL_NETWORK,
    f"{_NETWORKS}/vnet-drill-weu".replace("rg-netwerk-neu", "rg-netwerk"),
    f"{_NETWORKS}/vnet-werkplek-drill-neu",
)
PEERING: Mapping[str, Any] = {
    "properties": {
        "remoteVirtualNetwork": {"id": f"{_NETWORKS}/vnet-neu"},
        "allowVirtualNetworkAccess": True,
    }
}

_OWN = frozenset(
    {
        "asr.plan-test-failover",
        "asr.plan-test-failover-cleanup",
        "asr.job-resume",
        "asr.test-failover",
        "asr.test-failover-cleanup",
        "backup.cross-region-restore",
        "backup.restore",
        "deployment.write",
        "disk.create",
        "group.create",
        "group.delete",
        "hostpool.token",
        "hostpool.write",
        "nic.create",
        "vm.create",
        "vm.extension",
        "vm.managed-run-command",
    }
)
"""What a drill may set in motion; each makes or removes a copy."""

_MACHINE = "Microsoft.Compute/virtualMachines"
_INTERFACE = "Microsoft.Network/networkInterfaces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """How a drill went, by the sandbox's account where not said otherwise.

    Attributes:
        leftovers: what the run itself says that it left.
        open_entries: entries of the ledger that are not kept and not removed.
        unremoved: entries of the runs' ledgers without the instant at which their absence was read back.
        outside: effects that no drill may have, and interfaces of copies that were in another network.
    """

    runbook: str
    seed: int
    state: RunState
    troubles: list[str]
    leftovers: list[Any]
    open_entries: int
    unremoved: list[str]
    resources_left: set[str]
    resources_missing: set[str]
    sources_changed: list[str]
    outside: list[str]
    repeated: dict[tuple[str, str], int]
    removed: int

    @property
    def good(self) -> bool:
        """Say whether the promises were kept and the drill was green."""
        bad = (
            self.troubles, self.leftovers, self.unremoved, self.resources_left, self.resources_missing,
            self.sources_changed, self.outside, self.repeated,
        )  # fmt: skip
        return self.state is RunState.SUCCEEDED and not self.open_entries and not any(bad)


def drill(runbook: str, *, seed: int = 1, spread: float | None = 0, cancel_after: timedelta | None = None) -> Drilled:
    """Drill a runbook on a stage of its own."""

    async def play(stage: Stage) -> Drilled:
        before, machines = stage.resources(), _machines(stage)
        interfaces = _Interfaces(stage)
        card = await stage.start(runbook, Mode.DRILL, lost=False)
        if cancel_after is not None:
            await stage.world.clock.sleep(cancel_after)
            interfaces.look()
            await stage.ask(card.id, Request.CANCEL, actor=STARTER)
        view = await stage.until_settled(card.id, meanwhile=interfaces.look)
        runs = [each.card.id for each in whole(view)]
        entries = [entry for run in runs for entry in await stage.world.store.ledger.of_run(run)]
        after = stage.resources()
        seen = stage.entries()
        return Drilled(
            runbook=runbook,
            seed=seed,
            state=view.card.state,
            troubles=troubles(view),
            leftovers=[left for run in runs for left in await _told_left(stage, run)],
            open_entries=len(await stage.world.store.ledger.open()),
            unremoved=[str(entry.id) for entry in entries if entry.removed_at is None],
            resources_left=after - before,
            resources_missing=before - after,
            sources_changed=[name for name, machine in _machines(stage).items() if machines.get(name) != machine],
            outside=[*(set(account.kinds(seen)) - _OWN), *interfaces.outside],
            repeated=account.repeated(seen),
            removed=len(entries),
        )

    return virtually(play, seed=seed, spread=spread)


async def _told_left(stage: Stage, run: str) -> list[Any]:
    told = (await stage.events(run))[-1].payload.get("leftovers")
    return list(told) if isinstance(told, list | tuple) else []


def _machines(stage: Stage) -> dict[str, Any]:
    return {one.id.casefold(): one for one in stage.world.sandbox.world.store.each(_MACHINE)}


class _Interfaces:
    """Watches in which networks interfaces appear while the drill goes on."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._known = {one.id for one in self._all()}
        self.seen: set[str] = set()
        self.outside: set[str] = set()

    def look(self) -> None:
        """Look now."""
        for one in self._all():
            if one.id in self._known:
                continue
            self.seen.add(one.id)
            subnets = [each["properties"]["subnet"]["id"] for each in one.properties["ipConfigurations"]]
            isolated = tuple(f"{network}/".casefold() for network in _ISOLATED)
            if not all(subnet.casefold().startswith(isolated) for subnet in subnets):
                self.outside.add(one.id)

    def _all(self) -> list[Any]:
        return list(self._stage.world.sandbox.world.store.each(_INTERFACE))
