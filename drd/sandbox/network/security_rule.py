"""Security rules one by one, and the default rules that nobody can change."""

from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.errors import not_found
from drd.sandbox.longrunning import accepted
from drd.sandbox.network.change import address_of_operation, begin
from drd.sandbox.network.lists import GROUP
from drd.sandbox.network.rules import refuse_conflict, rule_asked
from drd.sandbox.network.security_group import RULE_TYPE, SECURITY_GROUP_TYPE, build_rule, rule_wire, rules_of
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_RULES = GROUP + "/networkSecurityGroups/{name}/securityRules"
_RULE = _RULES + "/{rule}"
_DEFAULTS = GROUP + "/networkSecurityGroups/{name}/defaultSecurityRules"


def list_all(call: Call) -> Response:
    """List a group's own rules."""
    return page(call, [rule_wire(one) for one in rules_of(call.world.store.require(call.arm_id(drop=1)))])


def get(call: Call) -> Response:
    """Answer a rule."""
    return answer(200, rule_wire(_require(call, "securityRules")))


def list_defaults(call: Call) -> Response:
    """List the rules that Azure adds to the group."""
    group = call.world.store.require(call.arm_id(drop=1))
    return page(call, [rule_wire(one) for one in group.properties["defaultSecurityRules"]])


def get_default(call: Call) -> Response:
    """Answer a rule that Azure added."""
    return answer(200, rule_wire(_require(call, "defaultSecurityRules")))


def put(call: Call) -> Response:
    """Add a rule to a group, or replace it; it applies from now on, and is `Updating` until the operation ends."""
    group = call.world.store.require(call.arm_id(drop=2))
    name = call.params["rule"]
    properties = rule_asked(call.body, name)
    refuse_conflict(rules_of(group), name, properties)
    others = _others(group, name)
    is_new = len(others) == len(rules_of(group))
    rule = build_rule(group.id, name, {**properties, "provisioningState": "Updating"})
    call.keep(group.with_properties(securityRules=[*others, rule]))

    def settled(at: datetime) -> JsonObject | None:
        standing = call.world.store.require(group.id)
        done = build_rule(group.id, name, properties)
        if len(_others(standing, name)) < len(rules_of(standing)):
            call.keep(standing.with_properties(securityRules=[*_others(standing, name), done]), at=at)
        return None

    operation = begin(call, kind="security-rule.write", target=str(rule["id"]), region=group.location, outcome=settled)
    monitor = address_of_operation(call, group.location, operation)
    return accepted(call, operation, status=201 if is_new else 200, body=rule_wire(rule), monitor=monitor)


def delete(call: Call) -> Response:
    """Take a rule out of a group; 204 when it is not there."""
    group = call.world.store.require(call.arm_id(drop=2))
    name = call.params["rule"]
    if len(_others(group, name)) == len(rules_of(group)):
        return answer(204)

    def gone(at: datetime) -> JsonObject | None:
        standing = call.world.store.require(group.id)
        call.keep(standing.with_properties(securityRules=_others(standing, name)), at=at)
        return None

    operation = begin(call, kind="security-rule.delete", target=call.arm_id(), region=group.location, outcome=gone)
    return accepted(
        call,
        operation,
        monitor=address_of_operation(call, group.location, operation),
        location=address_of_operation(call, group.location, operation, "operationResults"),
    )


def _require(call: Call, kind: str) -> JsonObject:
    group = call.world.store.require(call.arm_id(drop=2))
    for rule in group.properties[kind]:
        if fold(str(rule["name"])) == fold(call.params["rule"]):
            found: JsonObject = rule
            return found
    raise not_found(f"{SECURITY_GROUP_TYPE}/{kind}", f"{group.name}/{call.params['rule']}", group.group)


def _others(group: Resource, name: str) -> list[JsonObject]:
    return [one for one in rules_of(group) if fold(str(one["name"])) != fold(name)]


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_RULES, handler=list_all, operation=f"{RULE_TYPE}/read"),
    Route(method="GET", template=_RULE, handler=get, operation=f"{RULE_TYPE}/read"),
    Route(method="PUT", template=_RULE, handler=put, operation=f"{RULE_TYPE}/write"),
    Route(method="DELETE", template=_RULE, handler=delete, operation=f"{RULE_TYPE}/delete"),
    Route(
        method="GET",
        template=_DEFAULTS,
        handler=list_defaults,
        operation=f"{SECURITY_GROUP_TYPE}/defaultSecurityRules/read",
    ),
    Route(
        method="GET",
        template=_DEFAULTS + "/{rule}",
        handler=get_default,
        operation=f"{SECURITY_GROUP_TYPE}/defaultSecurityRules/read",
    ),
)
