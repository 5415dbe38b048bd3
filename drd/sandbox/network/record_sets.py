"""Record sets of a zone, public or private: synchronous, with ETags, and one CNAME a name with nothing beside it."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from drd.sandbox.body import object_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.network.lists import GROUP
from drd.sandbox.network.record_types import APEX, KINDS, Dialect, records_asked
from drd.sandbox.network.revision import etag_of
from drd.sandbox.paging import page
from drd.sandbox.router import Handler, Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

_SERVERS = ("ns1-01.azure-dns.example.", "ns2-01.azure-dns.example.")
_PRIVATE_SERVER = "azureprivatedns.net"
_AUTHORITY_TTL, _SERVER_TTL, _PRIVATE_TTL = 3600, 172800, 3600


def make_record(
    dialect: Dialect, *, zone: Resource, kind: str, name: str, properties: JsonObject, etag: str
) -> Resource:
    """Return a record set; `properties` are its TTL, records and metadata in the dialect's words."""
    fqdn = f"{zone.name}." if name == APEX else f"{name}.{zone.name}."
    return Resource(
        id=f"{zone.id}/{kind}/{name}",
        type=f"{dialect.type}/{kind}",
        location="global",
        properties={"metadata": {}, "fqdn": fqdn, **properties},
        etag=etag,
    )


def record_wire(record: Resource) -> JsonObject:
    """Return the body that a GET answers: record sets have an ETag and no location."""
    return {
        "id": record.id,
        "name": record.name,
        "type": record.type,
        "etag": record.etag,
        "properties": dict(record.properties),
    }


def records_of(world: World, dialect: Dialect, zone: Resource) -> Iterator[Resource]:
    """Yield a zone's record sets, those at the apex first."""
    for kind in dialect.apex:
        yield world.store.get(f"{zone.id}/{kind}/{APEX}") or _apex(dialect, zone, kind)
    for record in world.store.each(under=zone.id):
        if record.type.rsplit("/", 1)[-1] in KINDS:
            yield record


def find_record(world: World, dialect: Dialect, zone: Resource, kind: str, name: str) -> Resource | None:
    """Return a record set of a zone, or None."""
    found = world.store.get(f"{zone.id}/{kind}/{name}")
    if found is None and name == APEX and kind in dialect.apex:
        return _apex(dialect, zone, kind)
    return found


def record_routes(dialect: Dialect, folder: str) -> tuple[Route, ...]:
    """Return the addresses of a dialect's record sets; `folder` is the zones' place in a group."""
    zone = f"{GROUP}/{folder}/{{zone}}"
    operation = f"Microsoft.Network/{folder}"
    routes = [
        Route(
            method="GET",
            template=f"{zone}/{name}",
            handler=_bound(dialect, _list_zone),
            operation=f"{operation}/{action}/read",
            regions=no_region,
        )
        for name, action in (("recordsets", "recordsets"), ("all", "all" if folder == "dnsZones" else "ALL"))
    ]
    for kind in dialect.members:
        routes += _kind_routes(dialect, zone, f"{operation}/{kind}", kind)
    unknown = f"{zone}/{{type}}"
    for method, template in (
        ("GET", unknown),
        *((verb, unknown + "/{name}") for verb in ("GET", "PUT", "PATCH", "DELETE")),
    ):
        verb = "read" if method == "GET" else "delete" if method == "DELETE" else "write"
        routes.append(
            Route(
                method=method,
                template=template,
                handler=_bound(dialect, _unknown),
                operation=f"{operation}/recordsets/{verb}",
                regions=no_region,
            )
        )
    return tuple(routes)


def _kind_routes(dialect: Dialect, zone: str, operation: str, kind: str) -> Iterator[Route]:
    handlers: tuple[tuple[str, str, Callable[[Call, Dialect, str], Response], str], ...] = (
        ("GET", f"{zone}/{kind}", _list_kind, "read"),
        ("GET", f"{zone}/{kind}/{{name}}", _get, "read"),
        ("PUT", f"{zone}/{kind}/{{name}}", _put, "write"),
        ("PATCH", f"{zone}/{kind}/{{name}}", _patch, "write"),
        ("DELETE", f"{zone}/{kind}/{{name}}", _delete, "delete"),
    )
    for method, template, handler, verb in handlers:
        yield Route(
            method=method,
            template=template,
            handler=_bound(dialect, handler, kind),
            operation=f"{operation}/{verb}",
            regions=no_region,
        )


def _bound(dialect: Dialect, handler: Callable[[Call, Dialect, str], Response], kind: str = "") -> Handler:
    return lambda call: handler(call, dialect, kind)


def _list_zone(call: Call, dialect: Dialect, _kind: str) -> Response:
    return page(call, [record_wire(one) for one in records_of(call.world, dialect, _zone(call, 1))])


def _list_kind(call: Call, dialect: Dialect, kind: str) -> Response:
    found = records_of(call.world, dialect, _zone(call, 1))
    return page(call, [record_wire(one) for one in found if one.type.rsplit("/", 1)[-1] == kind])


def _get(call: Call, dialect: Dialect, kind: str) -> Response:
    found = find_record(call.world, dialect, _zone(call, 2), kind, _name(call))
    if found is None:
        raise ArmError(
            404,
            "NotFound",
            f"The resource record '{call.params['name']}' does not exist in resource group '{call.group}' of "
            f"subscription '{call.subscription}'.",
        )
    return answer(200, record_wire(found))


def _put(call: Call, dialect: Dialect, kind: str) -> Response:
    zone, name = _zone(call, 2), _name(call)
    current = find_record(call.world, dialect, zone, kind, name)
    call.check_match(current)
    properties = records_asked(dialect, kind, object_at(call.body, "properties"))
    _refuse_beside_alias(call, dialect, zone, kind, name)
    built = make_record(
        dialect, zone=zone, kind=kind, name=name, properties=_marked(dialect, properties), etag=call.world.new_id()
    )
    return _kept(call, dialect, kind, built, status=200 if current else 201)


def _patch(call: Call, dialect: Dialect, kind: str) -> Response:
    zone = _zone(call, 2)
    current = find_record(call.world, dialect, zone, kind, _name(call))
    if current is None:
        return _get(call, dialect, kind)
    call.check_match(current)
    asked = {name: value for name, value in object_at(call.body, "properties").items() if value is not None}
    properties = records_asked(dialect, kind, {**current.properties, **_in_words(dialect, asked)})
    changed = replace(current.with_properties(**properties), etag=call.world.new_id())
    return _kept(call, dialect, kind, changed, status=200)


def _kept(call: Call, dialect: Dialect, kind: str, record: Resource, *, status: int) -> Response:
    kept = call.keep(record)
    call.effect("dns.write", id=kept.id, records=kept.properties[dialect.members[kind]])
    return answer(status, record_wire(kept))


def _delete(call: Call, dialect: Dialect, kind: str) -> Response:
    zone, name = _zone(call, 2), _name(call)
    current = find_record(call.world, dialect, zone, kind, name)
    if current is None:
        return answer(204)
    if name == APEX and kind in dialect.apex:
        raise bad_request("BadRequest", f"The record set of type {kind} at the zone apex cannot be deleted.")
    call.check_match(current)
    call.remove(current.id)
    call.effect("dns.delete", id=current.id)
    return answer(200)


def _unknown(call: Call, dialect: Dialect, _kind: str) -> Response:
    known = ", ".join(dialect.members)
    raise bad_request(
        "BadRequest", f"The sandbox holds no record sets of type '{call.params['type']}'; it holds {known}."
    )


def _zone(call: Call, drop: int) -> Resource:
    zone = call.world.store.get(call.arm_id(drop=drop))
    if zone is None:
        raise ArmError(
            404,
            "ParentResourceNotFound",
            "Failed to perform 'action' on resource(s) of type 'recordsets', because the parent resource "
            f"'{call.arm_id(drop=drop)}' could not be found.",
        )
    return zone


def _name(call: Call) -> str:
    """Return the record set's name: zones know no upper case."""
    return call.params["name"].lower()


def _refuse_beside_alias(call: Call, dialect: Dialect, zone: Resource, kind: str, name: str) -> None:
    if kind == "CNAME" and name == APEX:
        raise bad_request("BadRequest", "A CNAME record set cannot be created at the zone apex.")
    others = [one for one in KINDS if (one == "CNAME") != (kind == "CNAME")]
    for other in others:
        if kind in KINDS and find_record(call.world, dialect, zone, other, name) is not None:
            raise bad_request(
                "BadRequest",
                f"The {kind} record set '{name}' cannot be created because a {other} record set with the same name "
                "exists; a CNAME has its name for itself.",
            )


def _in_words(dialect: Dialect, asked: JsonObject) -> JsonObject:
    """Return what a PATCH says, with the members spelled as the dialect spells them."""
    words = {name.casefold(): name for name in (dialect.ttl, "metadata", *dialect.members.values())}
    return {words.get(name.casefold(), name): value for name, value in asked.items()}


def _marked(dialect: Dialect, properties: JsonObject) -> JsonObject:
    if dialect.ttl == "TTL":
        return {"provisioningState": "Succeeded", "targetResource": {}, **properties}
    return {"isAutoRegistered": False, **properties}


def _apex(dialect: Dialect, zone: Resource, kind: str) -> Resource:
    is_public = dialect.ttl == "TTL"
    if kind == "NS":
        properties: JsonObject = {"TTL": _SERVER_TTL, "NSRecords": [{"nsdname": one} for one in _SERVERS]}
    else:
        properties = {
            dialect.ttl: _AUTHORITY_TTL if is_public else _PRIVATE_TTL,
            dialect.members["SOA"]: {
                "email": "azuredns-hostmaster.example" if is_public else "azureprivatedns-host.microsoft.com",
                "expireTime": 2419200,
                "host": _SERVERS[0] if is_public else _PRIVATE_SERVER,
                "minimumTTL" if is_public else "minimumTtl": 300 if is_public else 10,
                "refreshTime": 3600,
                "retryTime": 300,
                "serialNumber": 1,
            },
        }
    etag = etag_of(zone.id, kind).removeprefix("W/").strip('"')
    return make_record(dialect, zone=zone, kind=kind, name=APEX, properties=_marked(dialect, properties), etag=etag)
