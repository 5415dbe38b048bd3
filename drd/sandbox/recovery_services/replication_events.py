"""Events of Site Recovery: the end of each job, and the hour at which replication of an item was noticed to be ill."""

from collections.abc import Iterator
from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, chance
from drd.sandbox.recovery_services.fabrics import fabric_name
from drd.sandbox.recovery_services.odata import Filter, read_filter
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.replicated import NOTICED, Replicated, health, replicated
from drd.sandbox.recovery_services.replication_jobs import ReplicationJob
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

EVENT_TYPE = f"{addresses.VAULT_TYPE}/replicationEvents"
_FILTERS = frozenset({"eventcode", "eventtype", "severity", "affectedobjectcorrelationid", "starttime", "endtime",
                      "affectedobjectfriendlyname", "fabricname"})  # fmt: skip


def list_events(call: Call) -> Response:
    """List the vault's events, newest first."""
    vault = vault_in_path(call)
    wanted = read_filter(call.query.get("$filter"), known=_FILTERS)
    found = [one for one in _events(call, vault) if _passes(one, wanted)]
    return page(call, sorted(found, key=lambda one: str(one["properties"]["timeOfOccurrence"]), reverse=True))


def get_event(call: Call) -> Response:
    """Answer one event."""
    for one in _events(call, vault_in_path(call)):
        if one["name"] == call.params["event"]:
            return answer(200, one)
    raise ArmError(404, "EventNotFound", f"The event '{call.params['event']}' was not found in this vault.")


def _events(call: Call, vault: Resource) -> Iterator[JsonObject]:
    for item in call.world.store.each(addresses.REPLICATED_ITEM_TYPE, under=vault.id):
        known = replicated(item)
        lost_at = call.world.regions.lost_at(known.original.location)
        if lost_at is not None and health(call.world, item, call.now) != "Normal":
            words = "No crash-consistent recovery point for some time"
            yield _event(call, item, known, code="153006", severity="Critical", at=lost_at + NOTICED, words=words)
        for stored in call.world.store.each(addresses.REPLICATION_JOB_TYPE, under=vault.id):
            job: ReplicationJob | None = stored.hidden.get("job")
            if job is not None and job.ended_at is not None and job.item_id.rsplit("/", 1)[-1] == item.name:
                severity = "OK" if job.state == "Succeeded" else "Critical"
                words = f"{job.move.title}: {job.state}"
                yield _event(call, item, known, code=job.move.scenario, severity=severity, at=job.ended_at, words=words)


def _event(
    call: Call, item: Resource, known: Replicated, *, code: str, severity: str, at: datetime, words: str
) -> JsonObject:
    name = chance.name(str(call.world.seed), item.key, code, at.isoformat())
    vault = addresses.shouted(addresses.vault_of(item.id))
    properties: JsonObject = {
        "eventCode": code,
        "description": words,
        "eventType": "VmHealth",
        "affectedObjectFriendlyName": known.original.name,
        "affectedObjectCorrelationId": chance.name(str(call.world.seed), item.key, "events"),
        "severity": severity,
        "timeOfOccurrence": instant_text(at),
        "fabricId": f"{vault}/replicationFabrics/{fabric_name(known.original.location)}",
        "providerSpecificDetails": {
            "instanceType": "A2A",
            "protectedItemName": item.name,
            "fabricObjectId": addresses.lowered(known.original.id),
            "fabricName": fabric_name(known.original.location),
            "fabricLocation": known.original.location,
            "remoteFabricName": fabric_name(known.recovery.region),
            "remoteFabricLocation": known.recovery.region,
        },
        "eventSpecificDetails": None,
        "healthErrors": [],
    }
    return {"id": f"{vault}/replicationEvents/{name}", "name": name, "type": EVENT_TYPE, "properties": properties}


def _passes(event: JsonObject, wanted: Filter) -> bool:
    properties, start, end = event["properties"], wanted.instant("StartTime"), wanted.instant("EndTime")
    at = str(properties["timeOfOccurrence"])
    in_time = (start is None or at >= instant_text(start)) and (end is None or at <= instant_text(end))
    named = ("EventCode", "EventType", "Severity", "AffectedObjectCorrelationId", "AffectedObjectFriendlyName")
    return in_time and wanted.accepts({name: str(properties[name[0].lower() + name[1:]]) for name in named})


ROUTES = tuple(
    Route(method="GET", template=template, handler=handler, operation=f"{EVENT_TYPE}/read", regions=vault_region)
    for template, handler in (
        (addresses.VAULT + "/replicationEvents", list_events),
        (addresses.VAULT + "/replicationEvents/{event}", get_event),
    )
)
"""What a vault tells of its past."""
