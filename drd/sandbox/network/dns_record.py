"""Record sets of public DNS zones: synchronous, with ETags, and resolved as a client would."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from drd.sandbox.body import object_at, objects_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.network.dns_zone import ZONE_TYPE
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

_ZONE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/dnsZones/{zone}"
_MOST_ALIASES = 8

RECORD_MEMBERS: Mapping[str, str] = {
    "A": "ARecords",
    "AAAA": "AAAARecords",
    "CNAME": "CNAMERecord",
    "MX": "MXRecords",
    "NS": "NSRecords",
    "SOA": "SOARecord",
    "SRV": "SRVRecords",
    "TXT": "TXTRecords",
}
"""The record types, and the property that holds each one's records."""


def build_record(*, zone: Resource, kind: str, name: str, ttl: int, records: object, etag: str) -> Resource:
    """Return a record set of a zone; `records` is the wire value of the type's own property."""
    return Resource(
        id=f"{zone.id}/{kind}/{name}",
        type=f"{ZONE_TYPE}/{kind}",
        location="global",
        properties={
            "TTL": ttl,
            "fqdn": f"{name}.{zone.name}." if name != "@" else f"{zone.name}.",
            "provisioningState": "Succeeded",
            RECORD_MEMBERS[kind]: records,
        },
        etag=etag,
    )


def resolve(world: World, host: str) -> tuple[str, ...]:
    """Return the addresses of a host name from all public zones, through aliases; empty when there is none."""
    name = host.rstrip(".").lower()
    for _ in range(_MOST_ALIASES):
        addresses = _find(world, name, "A")
        if addresses is not None:
            records: Sequence[Mapping[str, Any]] = addresses.properties["ARecords"]
            return tuple(str(one["ipv4Address"]) for one in records)
        alias = _find(world, name, "CNAME")
        if alias is None:
            return ()
        name = str(alias.properties["CNAMERecord"]["cname"]).rstrip(".").lower()
    return ()


def get(call: Call) -> Response:
    """Answer a record set."""
    return answer(200, wire(call.world.store.require(call.arm_id())))


def list_zone(call: Call) -> Response:
    """List a zone's record sets."""
    zone = call.world.store.require(call.arm_id(drop=1))
    return page(call, [wire(one) for one in call.world.store.each(under=zone.id)])


def list_type(call: Call) -> Response:
    """List a zone's record sets of one type."""
    kind = _kind(call)
    zone = call.world.store.require(call.arm_id(drop=1))
    return page(call, [wire(one) for one in call.world.store.each(f"{ZONE_TYPE}/{kind}", under=zone.id)])


def put(call: Call) -> Response:
    """Create or replace a record set, under its ETag conditions."""
    zone = call.world.store.require(call.arm_id(drop=2))
    current = call.world.store.get(call.arm_id())
    call.check_match(current)
    kind, asked = _kind(call), _asked(call)
    records = asked.get(RECORD_MEMBERS[kind])
    _check_records(kind, asked)
    built = build_record(
        zone=zone,
        kind=kind,
        name=call.params["name"],
        ttl=int(asked["TTL"]),
        records=records,
        etag=call.world.new_id(),
    )
    kept = call.keep(built)
    call.effect("dns.write", id=kept.id, records=records)
    return answer(200 if current else 201, wire(kept))


def patch(call: Call) -> Response:
    """Change parts of a record set, under its ETag condition."""
    current = call.world.store.require(call.arm_id())
    call.check_match(current)
    merged = current.with_properties(**_asked(call))
    _check_records(_kind(call), merged.properties)
    changed = replace(merged, etag=call.world.new_id())
    kept = call.keep(changed)
    call.effect("dns.write", id=kept.id, records=kept.properties[RECORD_MEMBERS[_kind(call)]])
    return answer(200, wire(kept))


def delete(call: Call) -> Response:
    """Delete a record set, under its ETag condition; 204 when there is none."""
    current = call.world.store.get(call.arm_id())
    if current is None:
        return answer(204)
    call.check_match(current)
    call.remove(current.id)
    call.effect("dns.delete", id=current.id)
    return answer(200)


def wire(record: Resource) -> JsonObject:
    """Return the body that a GET answers: record sets have an ETag and no location."""
    return {
        "id": record.id,
        "name": record.name,
        "type": record.type,
        "etag": record.etag,
        "properties": {"metadata": {}, "targetResource": {}, **record.properties},
    }


def _asked(call: Call) -> JsonObject:
    asked: JsonObject = {**object_at(call.body, "properties")}
    if "ttl" in asked:
        asked["TTL"] = asked.pop("ttl")
    return {name: value for name, value in asked.items() if value is not None}


def _check_records(kind: str, asked: JsonObject) -> None:
    """Let a well-formed record set through.

    Raises:
        ArmError: 400, the TTL or the records are missing or not of their type.
    """
    ttl, member = asked.get("TTL"), RECORD_MEMBERS[kind]
    if not isinstance(ttl, int) or ttl < 1 or asked.get(member) is None:
        raise bad_request("BadRequest", f"A record set of type {kind} needs a positive TTL and {member}.")
    if kind == "A":
        for record in objects_at(asked, member):
            _check_address(text_at(record, "ipv4Address"))
    elif kind == "CNAME" and not text_at(asked, member, "cname"):
        raise bad_request("BadRequest", "A record set of type CNAME needs 'cname'.")


def _check_address(text: str) -> None:
    try:
        ipaddress.IPv4Address(text)
    except ValueError as error:
        raise bad_request("BadRequest", f"The value '{text}' is no IPv4 address.") from error


def _kind(call: Call) -> str:
    kind = call.params["type"].upper()
    if kind not in RECORD_MEMBERS:
        raise ArmError(404, "NotFound", f"There is no record type '{call.params['type']}'.")
    return kind


def _find(world: World, name: str, kind: str) -> Resource | None:
    for zone in world.store.each(ZONE_TYPE):
        suffix = "." + zone.name.lower()
        if name == zone.name.lower() or name.endswith(suffix):
            relative = name.removesuffix(zone.name.lower()).rstrip(".") or "@"
            return world.store.get(f"{zone.id}/{kind}/{relative}")
    return None


_RECORD = _ZONE + "/{type}/{name}"
ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=_ZONE + "/recordsets",
        handler=list_zone,
        operation="Microsoft.Network/dnsZones/recordsets/read",
        regions=no_region,
    ),
    Route(
        method="GET",
        template=_ZONE + "/all",
        handler=list_zone,
        operation="Microsoft.Network/dnsZones/all/read",
        regions=no_region,
    ),
    Route(
        method="GET",
        template=_ZONE + "/{type}",
        handler=list_type,
        operation="Microsoft.Network/dnsZones/A/read",
        regions=no_region,
    ),
    Route(
        method="GET", template=_RECORD, handler=get, operation="Microsoft.Network/dnsZones/A/read", regions=no_region
    ),
    Route(
        method="PUT", template=_RECORD, handler=put, operation="Microsoft.Network/dnsZones/A/write", regions=no_region
    ),
    Route(
        method="PATCH",
        template=_RECORD,
        handler=patch,
        operation="Microsoft.Network/dnsZones/A/write",
        regions=no_region,
    ),
    Route(
        method="DELETE",
        template=_RECORD,
        handler=delete,
        operation="Microsoft.Network/dnsZones/A/delete",
        regions=no_region,
    ),
)
