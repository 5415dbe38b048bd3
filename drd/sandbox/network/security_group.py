"""Network security groups: list, get, put, tags, delete, and the question that they answer: may this packet pass?"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from drd.sandbox.arm import fold
from drd.sandbox.body import objects_at, tags_in, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.network.change import delete_resource, location_of, put_resource
from drd.sandbox.network.interface import INTERFACE_TYPE, NETWORK_TYPE
from drd.sandbox.network.lists import GROUP, list_routes
from drd.sandbox.network.revision import check_match, nested, revision_of
from drd.sandbox.network.rules import DEFAULT_RULES, Rule, passes, refuse_conflict, rule_asked
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

__all__ = ["Rule", "build_security_group", "effective_rules", "lets_in"]

SECURITY_GROUP_TYPE = "Microsoft.Network/networkSecurityGroups"
RULE_TYPE = f"{SECURITY_GROUP_TYPE}/securityRules"
_DEFAULT_RULE_TYPE = f"{SECURITY_GROUP_TYPE}/defaultSecurityRules"
_GROUP = GROUP + "/networkSecurityGroups/{name}"


def build_security_group(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    rules: Sequence[Rule],
) -> Resource:
    """Return a security group."""
    return Resource(
        id=id,
        type=SECURITY_GROUP_TYPE,
        location=location,
        properties={
            "provisioningState": "Succeeded",
            "securityRules": [build_rule(id, rule.name, rule.properties()) for rule in rules],
            "defaultSecurityRules": [
                {
                    "id": f"{id}/defaultSecurityRules/{rule.name}",
                    "name": rule.name,
                    "type": _DEFAULT_RULE_TYPE,
                    "properties": rule.properties(),
                }
                for rule in DEFAULT_RULES
            ],
        },
    )


def build_rule(group_id: str, name: str, properties: JsonObject) -> JsonObject:
    """Return a rule as its group holds it."""
    return {"id": f"{group_id}/securityRules/{name}", "name": name, "type": RULE_TYPE, "properties": properties}


def rules_of(group: Resource) -> list[JsonObject]:
    """Return a group's own rules as it holds them."""
    return list(group.properties["securityRules"])


def rule_wire(rule: JsonObject) -> JsonObject:
    """Return the body of a rule."""
    return nested(id=str(rule["id"]), kind=str(rule["type"]), properties=rule["properties"])


def effective_rules(group: Resource) -> list[JsonObject]:
    """Return a group's rules in the form of the effective rules, first to apply first."""
    rules = []
    for kind in ("securityRules", "defaultSecurityRules"):
        for one in group.properties[kind]:
            shown = {name: value for name, value in one["properties"].items() if name != "provisioningState"}
            protocol = "All" if shown["protocol"] == "*" else shown["protocol"]
            rules.append({"name": f"{kind}/{one['name']}", **shown, "protocol": protocol})
    return sorted(rules, key=lambda rule: int(rule["priority"]))


def lets_in(
    group: Resource,
    *,
    source: str,
    port: int,
    network_prefixes: Iterable[str],
    tag: str = "",
    destination: str = "",
) -> bool:
    """Tell whether an inbound connection to a port passes the group; see `rules.passes`."""
    return passes(
        effective_rules(group),
        source=source,
        port=port,
        network_prefixes=network_prefixes,
        tag=tag,
        destination=destination,
    )


def get(call: Call) -> Response:
    """Answer a security group with its rules and where it is used."""
    return answer(200, group_wire(call.world, call.world.store.require(call.arm_id())))


def put(call: Call) -> Response:
    """Create a security group or replace its rules."""
    existing = call.world.store.get(call.arm_id())
    check_match(call, existing)
    location = location_of(call, existing)
    group = existing or build_security_group(id=call.arm_id(), location=location, rules=())
    rules = _rules_asked(call, group.id)
    changed = replace(group.with_properties(securityRules=rules), tags=tags_in(call.body))
    return put_resource(call, changed, kind="nsg.write", is_new=existing is None, body=group_wire)


def patch(call: Call) -> Response:
    """Replace a security group's tags, at once."""
    kept = call.keep(replace(call.world.store.require(call.arm_id()), tags=tags_in(call.body)))
    call.effect("nsg.tags", id=kept.id, tags=dict(kept.tags))
    return answer(200, group_wire(call.world, kept))


def delete(call: Call) -> Response:
    """Delete a security group that nothing uses; 204 when there is none."""
    group = call.world.store.get(call.arm_id())
    if group is None:
        return answer(204)
    used = [*_subnets_with(call.world, group), *_interfaces_with(call.world, group)]
    if used:
        raise ArmError(
            400,
            "InUseNetworkSecurityGroupCannotBeDeleted",
            f"Network security group {group.id} cannot be deleted because it is in use by the following resources: "
            f"{', '.join(used)}. In order to delete the Network security group, remove the association with the "
            "resource(s). To learn how to do this, see aka.ms/deletensg.",
        )
    return delete_resource(call, group, kind="nsg.delete")


def group_wire(world: World, group: Resource) -> JsonObject:
    """Return the body of a security group."""
    shown = group.with_properties(
        securityRules=[rule_wire(one) for one in rules_of(group)],
        defaultSecurityRules=[rule_wire(one) for one in group.properties["defaultSecurityRules"]],
    )
    subnets, interfaces = _subnets_with(world, group), _interfaces_with(world, group)
    if subnets:
        shown = shown.with_properties(subnets=[{"id": one} for one in subnets])
    if interfaces:
        shown = shown.with_properties(networkInterfaces=[{"id": one} for one in interfaces])
    return {**shown.wire(), "etag": revision_of(group)}


def _rules_asked(call: Call, group_id: str) -> list[JsonObject]:
    rules: list[JsonObject] = []
    for asked in objects_at(call.body, "properties", "securityRules"):
        name = text_at(asked, "name")
        if not name:
            raise bad_request("InvalidRequestFormat", "Cannot parse the request: a security rule needs a name.")
        rule = build_rule(group_id, name, rule_asked(asked, name))
        refuse_conflict(rules, name, rule["properties"])
        rules.append(rule)
    return rules


def _subnets_with(world: World, group: Resource) -> list[str]:
    return [
        str(subnet["id"])
        for network in world.store.each(NETWORK_TYPE)
        for subnet in network.properties.get("subnets", [])
        if _names(subnet["properties"], group)
    ]


def _interfaces_with(world: World, group: Resource) -> list[str]:
    return [one.id for one in world.store.each(INTERFACE_TYPE) if _names(one.properties, group)]


def _names(properties: JsonObject, group: Resource) -> bool:
    return fold(str((properties.get("networkSecurityGroup") or {}).get("id", ""))) == fold(group.id)


ROUTES: tuple[Route, ...] = (
    *list_routes(SECURITY_GROUP_TYPE, group_wire),
    Route(method="GET", template=_GROUP, handler=get, operation=f"{SECURITY_GROUP_TYPE}/read"),
    Route(method="PUT", template=_GROUP, handler=put, operation=f"{SECURITY_GROUP_TYPE}/write"),
    Route(method="PATCH", template=_GROUP, handler=patch, operation=f"{SECURITY_GROUP_TYPE}/write"),
    Route(method="DELETE", template=_GROUP, handler=delete, operation=f"{SECURITY_GROUP_TYPE}/delete"),
)
