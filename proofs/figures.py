"""The figures of runs, found three times: as the run ended, from its journal anew, and from what the sandbox saw (P8).

Works on the JSON of events and of the sandbox's journal, so it is the same in virtual time and over HTTP.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proofs import account

Ask = Callable[[str, str], Mapping[str, Any]]
"""Asks the sandbox as somebody who reads in the subscription: path and api-version."""

_REPLICATION = "2025-08-01"
_COMPUTE = "2024-03-02"
_SECONDARY = "2021-11-15"
_PLANS = frozenset({"asr.plan-failover", "asr.plan-test-failover"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run tells of itself.

    Attributes:
        figures: of its last event.
        questions: the `after` checks that turned green: HOST:PORT, or HOST:PORT/PATH.
    """

    service: str
    figures: Mapping[str, Any]
    questions: tuple[str, ...]


def question(values: Mapping[str, Any]) -> str:
    """Give the question to a guest that a check's values describe, as the sandbox writes it down.

    Empty for a check that asks no guest: of Traffic Manager, say.
    """
    url = str(values.get("url", ""))
    if not url and "host" not in values:
        return ""
    if not url:
        return f"{values['host']}:{values['port']}".casefold()
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    port = "" if ":" in host else ":443" if scheme == "https" else ":80"
    return f"{host}{port}{slash}{path}".casefold()


def differences(told: Told, entries: Sequence[account.Entry], times: Mapping[str, datetime]) -> dict[str, timedelta]:
    """Give how far the run's figures are from what the sandbox saw: green instant, and each point's instant."""
    green = account.instant(told.figures["green-at"])
    seen = account.last_answer(entries, told.questions, until=green + timedelta(seconds=1))
    # What else than a guest was asked is not in the sandbox's account of guests, nor when it was green.
    found = {f"{told.service} green": account.apart(green, seen)} if all(told.questions) else {}
    for point in told.figures["points"]:
        found[f"{told.service} {point['item']}"] = account.apart(
            account.instant(point["time"]), times.get(point["item"])
        )
    return found


def times_of_points(entries: Iterable[account.Entry], ask: Ask) -> dict[str, datetime]:
    """Ask the sandbox when the points were taken from which machines were brought back, by name of the machine."""
    found: dict[str, datetime] = {}
    for entry in entries:
        for effect in entry["effects"]:
            if effect.get("point") and "source" in effect:
                machine = effect["source"].rsplit("/", 1)[1].casefold()
                found[machine] = _time_of(effect, ask)
            if effect["kind"] == "disk.create":
                found |= _time_of_snapshot(effect, ask)
            if effect["kind"] in _PLANS:
                found |= {name: account.instant(time) for name, time in _times_of_plan(effect, ask)}
    return found


def _time_of_snapshot(effect: Mapping[str, Any], ask: Ask) -> dict[str, datetime]:
    """Give when the snapshot was taken that a disk was made from, by the name of the machine that it boots."""
    disk = ask(effect["id"], _COMPUTE)
    source = str(disk["properties"]["creationData"].get("sourceResourceId", ""))
    machine, _, role = str(disk["name"]).rpartition("-")
    if "/snapshots/" not in source.casefold() or role != "os":
        return {}
    snapshot = ask(source, _COMPUTE)
    # A copy is younger than what it holds; whoever made it noted the instant.
    taken = snapshot.get("tags", {}).get("drd-taken") or snapshot["properties"]["timeCreated"]
    return {machine.casefold(): account.instant(str(taken))}


def _times_of_plan(effect: Mapping[str, Any], ask: Ask) -> Iterable[tuple[str, str]]:
    """Give the points that a recovery plan's job names, by item: the plan chose them group after group."""
    vault = effect["id"].partition("/replicationRecoveryPlans/")[0]
    job = ask(f"{vault}/replicationJobs/{effect['job']}", _REPLICATION)
    items = job["properties"]["customDetails"]["protectedItemDetails"]
    return [(each["name"].casefold(), each["recoveryPointTime"]) for each in items]


def _time_of(effect: Mapping[str, Any], ask: Ask) -> datetime:
    if not effect["kind"].startswith("backup."):
        # Site Recovery holds no points any more once a failover is committed; its job still names the one it used.
        vault = effect["item"].partition("/replicationFabrics/")[0]
        job = ask(f"{vault}/replicationJobs/{effect['job']}", _REPLICATION)
        used = job["properties"]["customDetails"]["protectedItemDetails"][0]
        return account.instant(used["recoveryPointTime"])
    points = ask(f"{effect['item']}/recoveryPoints", _SECONDARY)["value"]
    point = next(each for each in points if each["name"] == effect["point"])
    return account.instant(point["properties"]["recoveryPointTime"])
