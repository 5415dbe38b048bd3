"""What really happened in a case, from what was injected and from the sandbox's own state: nothing here asks drd."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from drd.sandbox.compute.machine import as_of
from drd.sandbox.recovery_services.addresses import BACKUP_ITEM_TYPE, REPLICATED_ITEM_TYPE
from drd.sandbox.world import World
from proofs import account
from proofs.figures import Ask
from proofs.truth.told import GREEN, INCIDENT, LOST, NEWEST, TOOK, in_seconds

Truth = dict[str, float | None]
GUEST, GUEST_IN_DRILL = "guest", "guest.drill"
_MACHINES = "Microsoft.Compute/virtualMachines"
_REPLICATION, _BACKUP = "2025-08-01", "2025-02-01"


def green_at(entries: Iterable[account.Entry], questions: Iterable[str], *, operation: str) -> datetime | None:
    """Give when the last of these questions was answered well; None while one was not.

    Whoever asks stops when the answer is good, so what counts is the last good answer to each.
    """
    found: dict[str, datetime | None] = dict.fromkeys(questions)
    for entry in entries:
        question = entry["path"].casefold()
        if entry["operation"] == operation and question in found and entry["status"] < HTTPStatus.BAD_REQUEST:
            found[question] = account.instant(entry["at"])
    known = [at for at in found.values() if at is not None]
    return max(known) if known and len(known) == len(found) else None


def of_run(incident: datetime, green: datetime | None, points: Mapping[str, datetime], items: Sequence[str]) -> Truth:
    """Give a run's figures: from the loss, the last green answer, and when the points were taken that were used."""
    ages = {item: max(incident - points[item], timedelta(0)) for item in items if item in points}
    complete = bool(items) and len(ages) == len(items)
    return {
        INCIDENT: in_seconds(incident),
        GREEN: in_seconds(green),
        TOOK: (green - incident).total_seconds() if green else None,
        LOST: max(ages.values()).total_seconds() if complete else None,
        **{f"point of {item}": in_seconds(points[item]) for item in ages},
        **{f"age of {item}": age.total_seconds() for item, age in ages.items()},
    }


def of_points(world: World, ask: Ask, items: Sequence[str], now: datetime) -> Truth:
    """Give the newest points that the vaults hold, asked as somebody else who works in the subscription."""
    truth: Truth = {}
    newest: dict[str, float] = {}
    for item, mechanism, at in newest_points(world, ask, items):
        truth[f"{NEWEST} of {item} by {mechanism}"] = at
        newest[item] = max(newest.get(item, 0.0), at)
    truth |= {f"{NEWEST} of {item}": at for item, at in newest.items()}
    oldest = min(newest.values()) if newest and len(newest) == len(items) else None
    truth[NEWEST] = oldest
    truth[f"age of the {NEWEST}"] = None if oldest is None else now.timestamp() - oldest
    return truth


def newest_points(world: World, ask: Ask, items: Sequence[str]) -> Iterator[tuple[str, str, float]]:
    """Give item, mechanism and instant of the newest point of each chain of these items."""
    wanted = {item.casefold() for item in items}
    for kind, mechanism, version in (
        (REPLICATED_ITEM_TYPE, "site-recovery", _REPLICATION),
        (BACKUP_ITEM_TYPE, "backup", _BACKUP),
    ):
        for one in world.store.each(kind):
            machine = "" if is_workload(one.id) else _machine_of(ask(one.id, version))
            if machine in wanted:
                points = ask(f"{one.id}/recoveryPoints", version)["value"]
                times = [in_seconds(each["properties"]["recoveryPointTime"]) or 0.0 for each in points]
                yield machine, mechanism, max(times, default=0.0)


def is_workload(item: str) -> bool:
    """Say whether a backup item is a database or a share, and no machine: it stays out of the figures."""
    container = item.casefold().partition("/protectioncontainers/")[2]
    return bool(container) and not container.startswith("iaasvmcontainer")


def _machine_of(item: Mapping[str, Any]) -> str:
    properties = item["properties"]
    source = properties.get("sourceResourceId") or properties.get("friendlyName", "")
    return str(source).rsplit("/", 1)[-1].casefold()


def held_by_machines(world: World, items: Iterable[str]) -> dict[str, datetime]:
    """Give the instant whose data each machine that was brought back holds, by its disk."""
    wanted, found = {item.casefold() for item in items}, {}
    for machine in world.store.each(_MACHINES):
        held = as_of(world, machine) if machine.name.casefold() in wanted else None
        if held is not None:
            found[machine.name.casefold()] = held
    return found
