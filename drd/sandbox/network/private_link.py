"""Links of private zones: only machines in a linked network know the names of the zone."""

from dataclasses import replace
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.network.interface import NETWORK_TYPE
from drd.sandbox.network.lists import GROUP
from drd.sandbox.network.private_zone import LINK_TYPE, PRIVATE_ZONE_TYPE, links_of
from drd.sandbox.network.revision import revision_of
from drd.sandbox.network.zone_wire import started
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

COMPLETED, IN_PROGRESS = "Completed", "InProgress"
_LINKS = GROUP + "/privateDnsZones/{zone}/virtualNetworkLinks"
_LINK = _LINKS + "/{link}"


def build_link(*, zone_id: str, name: str, network_id: str, registers: bool = False) -> Resource:
    """Return a link that works; one with `registers` also enters its network's machines, which is not modelled."""
    return Resource(
        id=f"{zone_id}/virtualNetworkLinks/{name}",
        type=LINK_TYPE,
        location="global",
        properties={
            "provisioningState": "Succeeded",
            "registrationEnabled": registers,
            "resolutionPolicy": "Default",
            "virtualNetwork": {"id": network_id},
            "virtualNetworkLinkState": COMPLETED,
        },
    )


def list_all(call: Call) -> Response:
    """List a zone's links."""
    return page(call, [_wire(one) for one in links_of(call.world, call.world.store.require(call.arm_id(drop=1)))])


def get(call: Call) -> Response:
    """Answer a link."""
    return answer(200, _wire(call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Link a network, under ETag conditions; names resolve there once the operation has ended."""
    zone = call.world.store.get(call.arm_id(drop=2))
    if zone is None:
        raise ArmError(
            404,
            "ParentResourceNotFound",
            "Failed to perform 'write' on resource(s) of type 'privateDnsZones/virtualNetworkLinks', because the "
            f"parent resource '{call.arm_id(drop=2)}' could not be found.",
        )
    existing = call.world.store.get(call.arm_id())
    call.check_match(replace(existing, etag=_etag(existing)) if existing else None)
    network = _network(call, existing)
    _refuse_second(call, zone, network)
    registers = bool(object_at(call.body, "properties").get("registrationEnabled", False))
    built = build_link(zone_id=zone.id, name=call.params["link"], network_id=network.id, registers=registers)
    state = COMPLETED if existing else IN_PROGRESS
    policy = text_at(call.body, "properties", "resolutionPolicy") or "Default"
    changed = built.with_properties(
        virtualNetworkLinkState=state, provisioningState="Updating", resolutionPolicy=policy
    )
    kept = call.keep(replace(changed, tags=tags_in(call.body)))
    return _begun(call, kept)


def patch(call: Call) -> Response:
    """Change a link's tags, registration or resolution policy."""
    existing = call.world.store.require(call.arm_id())
    call.check_match(replace(existing, etag=_etag(existing)))
    asked = object_at(call.body, "properties")
    known = {name: asked[name] for name in ("registrationEnabled", "resolutionPolicy") if name in asked}
    tags = tags_in(call.body) if "tags" in call.body else existing.tags
    return _begun(call, call.keep(replace(existing.with_properties(**known), tags=tags)))


def delete(call: Call) -> Response:
    """Take a link away, under its ETag condition; 204 when there is none."""
    link = call.world.store.get(call.arm_id())
    if link is None:
        return answer(204)
    call.check_match(replace(link, etag=_etag(link)))

    def gone(at: datetime) -> JsonObject | None:
        call.remove(link.id, at=at)
        return None

    return started(call, kind="private-link.delete", target=link.id, words="privateDns", outcome=gone)


def _begun(call: Call, link: Resource) -> Response:
    def settled(at: datetime) -> JsonObject | None:
        standing = call.world.store.require(link.id)
        call.keep(standing.with_properties(provisioningState="Succeeded", virtualNetworkLinkState=COMPLETED), at=at)
        return None

    return started(call, kind="private-link.write", target=link.id, words="privateDns", outcome=settled)


def _network(call: Call, existing: Resource | None) -> Resource:
    network_id = text_at(call.body, "properties", "virtualNetwork", "id")
    network = call.world.store.get(network_id) if network_id else None
    if network is None or fold(network.type) != fold(NETWORK_TYPE):
        raise bad_request("BadRequest", f"The virtual network '{network_id}' of the link could not be found.")
    if existing is not None and fold(str(existing.properties["virtualNetwork"]["id"])) != fold(network.id):
        raise bad_request("BadRequest", "The virtual network of a link cannot be changed.")
    return network


def _refuse_second(call: Call, zone: Resource, network: Resource) -> None:
    for link in links_of(call.world, zone):
        same = fold(str(link.properties["virtualNetwork"]["id"])) == fold(network.id)
        if same and fold(link.id) != fold(call.arm_id()):
            raise conflict(
                "Conflict",
                f"A virtual network can only be linked once to a Private DNS zone; '{network.id}' is linked by "
                f"'{link.name}'.",
            )


def _etag(link: Resource) -> str:
    return revision_of(link).removeprefix("W/")


def _wire(link: Resource) -> JsonObject:
    return {**link.wire(), "tags": dict(link.tags), "etag": _etag(link)}


def _route(method: str, verb: str) -> Route:
    handlers = {"GET": get, "PUT": put, "PATCH": patch, "DELETE": delete}
    return Route(
        method=method,
        template=_LINK,
        handler=handlers[method],
        operation=f"{PRIVATE_ZONE_TYPE}/virtualNetworkLinks/{verb}",
        regions=no_region,
    )


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_LINKS, handler=list_all, operation=f"{LINK_TYPE}/read", regions=no_region),
    _route("GET", "read"),
    _route("PUT", "write"),
    _route("PATCH", "write"),
    _route("DELETE", "delete"),
)
