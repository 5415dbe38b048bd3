"""Fences: rules of security groups that let nothing pass, put and removed by name."""

from typing import Any

from drd.domain.errors import NotFoundError, OperationFailedError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.ports.traffic import Barrier, FenceWish
from drd.providers.azure.body import Body, bodies, text, texts, whole
from drd.providers.azure.by_id import ById
from drd.providers.azure.operations import Operations, Sent, at_work, is_done_at_once, recorded

KIND = "arm"
_EVERYTHING = ("*",)
_GONE = 204
_LAST = 65_536
_NEAR = {"inbound": "destination", "outbound": "source"}


class AzureFences:
    """Answers `drd.ports.traffic.Fences`.

    Permissions, under `Microsoft.Network/`: barriers: `networkSecurityGroups/read`. put:
    `networkSecurityGroups/securityRules/write`. remove: `networkSecurityGroups/securityRules/delete`. follow:
    `locations/operations/read`, `networkSecurityGroups/securityRules/read`.
    """

    def __init__(self, *, resources: ById, operations: Operations, clock: Clock) -> None:
        """Take what asks and sends by id, what follows, and world time."""
        self._resources = resources
        self._operations = operations
        self._clock = clock

    async def barriers(self, group: ArmId) -> tuple[Barrier, ...]:
        """Read a group's own rules, first to apply first. Raises NotFoundError."""
        body = await self._resources.read(group, what="read the security group")
        rules = [_barrier(one) for one in bodies(body, "properties", "securityRules")]
        return tuple(sorted(rules, key=lambda one: one.priority))

    async def put(self, wish: FenceWish) -> Operation | None:
        """PUT by name: sending it again changes nothing. None when it is done at once."""
        rule, now, what = _rule(wish.group, wish.name), self._clock.now(), f"put the rule {wish.name}"
        answered = await self._resources.put(rule, _body(wish), what=what, request_id=wish.request_id)
        sent = Sent(kind=KIND, target=str(rule), what=what, request_id=wish.request_id)
        return None if is_done_at_once(answered) else recorded(sent, answered, now)

    async def remove(self, group: ArmId, name: str, *, request_id: str) -> Operation | None:
        """Remove a rule by name; None when it is gone at once, or was never there."""
        rule, now, what = _rule(group, name), self._clock.now(), f"remove the rule {name}"
        try:
            answered = await self._resources.delete(rule, what=what, request_id=request_id)
        except NotFoundError:
            return None
        if answered.status == _GONE:
            return None
        return recorded(Sent(kind=KIND, target=str(rule), what=what, request_id=request_id), answered, now)

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands; where no address knows it, the rule itself is read.

        Raises:
            OperationFailedError: it ended badly.
        """
        told = await self._operations.follow(operation)
        if told is not None:
            return told.status
        seen = await self._resources.find(ArmId(operation.target), what="read the rule")
        state = text(seen, "properties", "provisioningState").casefold() if seen is not None else "gone"
        if state == "failed":
            raise OperationFailedError(
                "could not change the rule: its state is Failed",
                target=operation.target,
                hint="the subscription's activity log tells more",
            )
        finished = state in {"succeeded", "gone"}
        return Status(finished=finished, started_at=operation.started_at, known=at_work(state))


def _rule(group: ArmId, name: str) -> ArmId:
    return ArmId.parse(f"{group}/securityRules/{name}")


def _barrier(body: Body) -> Barrier:
    direction = text(body, "properties", "direction").casefold()
    near = _NEAR.get(direction, "destination")
    single = text(body, "properties", f"{near}AddressPrefix")
    return Barrier(
        name=text(body, "name"),
        direction=direction,
        priority=whole(body, "properties", "priority") or _LAST,
        denies=text(body, "properties", "access").casefold() == "deny",
        addresses=((single,) if single else ()) + texts(body, "properties", f"{near}AddressPrefixes"),
        state=text(body, "properties", "provisioningState"),
    )


def _body(wish: FenceWish) -> dict[str, Any]:
    near = _NEAR[wish.direction]
    far = "source" if near == "destination" else "destination"
    addresses = wish.addresses or _EVERYTHING
    one = len(addresses) == 1
    return {
        "properties": {
            "description": "Nothing passes. Put here by drd in a run; remove it only when the fence may go.",
            "protocol": "*",
            "access": "Deny",
            "direction": wish.direction.capitalize(),
            "priority": wish.priority,
            "sourcePortRange": "*",
            "destinationPortRange": "*",
            f"{far}AddressPrefix": "*",
            f"{near}AddressPrefix" + ("" if one else "es"): addresses[0] if one else list(addresses),
        }
    }
