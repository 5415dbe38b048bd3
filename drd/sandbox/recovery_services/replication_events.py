"""Events of Site Recovery: the end of each job, and the hour at which replication of an item was noticed to be ill."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, chance
from drd.sandbox.recovery_services.fabrics import fabric_name
from drd.sandbox.recovery_services.odata import Filter, read_filter
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.replicated import NOTICED, health, replicated
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One event of an item; `job` is the one that ended, if it is about one."""

    code: str
    words: str
    severity: str
    at: datetime
    job: ReplicationJob | None = None
    error: JsonObject | None = None


def _events(call: Call, vault: Resource) -> Iterator[JsonObject]:
    jobs = [one.hidden.get("job") for one in call.world.store.each(addresses.REPLICATION_JOB_TYPE, under=vault.id)]
    for item in call.world.store.each(addresses.REPLICATED_ITEM_TYPE, under=vault.id):
        for event in (*_illness(call, item), *_ended(item, jobs)):
            yield _body(call, item, event)


def _illness(call: Call, item: Resource) -> Iterator[_Event]:
    lost_at = call.world.regions.lost_at(replicated(item).original.location)
    if lost_at is None or health(call.world, item, call.now) == "Normal":
        return
    words = "No crash-consistent recovery point for some time"
    error = {
        "errorCode": "153006",
        "errorMessage": words,
        "possibleCauses": "The machine or its region cannot be reached.",
        "recommendedAction": "Restore the machine's connection, or fail over.",
    }
    yield _Event(code="153006", words=words, severity="Critical", at=lost_at + NOTICED, error=error)


def _ended(item: Resource, jobs: Iterable[ReplicationJob | None]) -> Iterator[_Event]:
    for job in jobs:
        if job is None or job.ended_at is None or job.item_id.rsplit("/", 1)[-1] != item.name:
            continue
        error = None
        if job.error is not None:
            error = {"errorCode": job.error.code, "errorMessage": job.error.message}
            error |= {"possibleCauses": job.error.message, "recommendedAction": "Retry the operation."}
        words, severity = f"{job.move.scenario} - {job.state}", "OK" if job.state == "Succeeded" else "Critical"
        yield _Event(code=job.move.scenario, words=words, severity=severity, at=job.ended_at, job=job, error=error)


def _body(call: Call, item: Resource, event: _Event) -> JsonObject:
    known, seed = replicated(item), str(call.world.seed)
    kind = "VmMonitoringEvent" if event.job is None else "JobStatusMonitoringEvent"
    name = f"{kind};{chance.name(seed, item.key, event.code, event.at.isoformat())}"
    vault = addresses.shouted(addresses.vault_of(item.id))
    properties: JsonObject = {
        "eventCode": event.code,
        "description": event.words,
        "eventType": "VmHealth" if event.job is None else "JobStatus",
        "affectedObjectFriendlyName": known.original.name,
        "affectedObjectCorrelationId": chance.name(seed, item.key, "events"),
        "severity": event.severity,
        "timeOfOccurrence": instant_text(event.at),
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
        "eventSpecificDetails": _about(event.job) if event.job else None,
        "healthErrors": [event.error] if event.error else [],
    }
    return {"id": f"{vault}/replicationEvents/{name}", "name": name, "type": EVENT_TYPE, "properties": properties}


def _about(job: ReplicationJob) -> JsonObject:
    return {
        "instanceType": "JobStatus",
        "jobId": job.name,
        "jobFriendlyName": job.move.title,
        "jobStatus": job.state,
        "affectedObjectType": "ProtectionEntity",
    }


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
