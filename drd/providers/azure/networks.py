"""Azure networking: interfaces, and the facts that prove a drill's isolation."""

from typing import Any

from drd.domain.errors import OperationFailedError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.ports.networks import Interface, InterfaceWish, NetworkFacts
from drd.providers.azure.body import Body, arm_id, bodies, branch, tags, text, texts
from drd.providers.azure.by_id import ById
from drd.providers.azure.isolation import doors, leads_out, lets_through
from drd.providers.azure.operations import Operations, Sent, at_work, is_done_at_once, recorded

KIND = "arm"
_GATEWAY_SUBNETS = frozenset({"gatewaysubnet", "azurefirewallsubnet", "azurebastionsubnet", "routeserversubnet"})
"""Names that Azure reserves for subnets with a way out of the network."""


class AzureNetworks:
    """Answers `drd.ports.networks.Networks`.

    Permissions, under `Microsoft.Network/`:
        facts: `virtualNetworks/read`, `virtualNetworks/virtualNetworkPeerings/read`, `networkSecurityGroups/read`,
        `routeTables/read`, `publicIPAddresses/read`.
        interface: `networkInterfaces/read`.
        create_interface: `networkInterfaces/write`, and `virtualNetworks/subnets/join/action` on its subnet.
        follow: `locations/operations/read`.
    """

    def __init__(self, *, resources: ById, operations: Operations, clock: Clock) -> None:
        """Take what asks and sends by id, what follows, and world time."""
        self._resources = resources
        self._operations = operations
        self._clock = clock

    async def facts(self, network: ArmId) -> NetworkFacts:
        """Read what proves or disproves isolation. Raises NotFoundError.

        A security group or a table of routes that cannot be found counts as open: isolation is proven or it is not
        there.
        """
        body = await self._resources.read(network, what="read the network")
        listed = await self._resources.read_all(network, "virtualNetworkPeerings", what="list the network's peerings")
        properties = branch(body, "properties")
        spaces = texts(properties, "addressSpace", "addressPrefixes")
        subnets = bodies(properties, "subnets")
        peerings = {text(one, "name") for one in listed}
        peerings |= {text(one, "name") for one in bodies(properties, "virtualNetworkPeerings")}
        ids = (arm_id(subnet, "id") for subnet in subnets)
        return NetworkFacts(
            id=network,
            location=text(body, "location"),
            address_spaces=spaces,
            subnets=tuple(one for one in ids if one is not None),
            peerings=tuple(sorted(peerings)),
            open_subnets=await self._open_subnets(subnets, spaces),
            gateways=_gateways(subnets),
            routes=await self._routes(subnets),
            endpoints=tuple(f"{text(one, 'name')}/{door}" for one in subnets for door in doors(one)),
            public_addresses=await self._public_addresses(network, subnets),
        )

    async def interface(self, interface: ArmId) -> Interface | None:
        """Read an interface; None when there is none."""
        found = await self._resources.find(interface, what="read the interface")
        return None if found is None else _interface(found, interface)

    async def create_interface(self, wish: InterfaceWish) -> Operation | None:
        """PUT by name: sending it again with the same wish changes nothing."""
        now, what = self._clock.now(), "create the interface"
        answered = await self._resources.put(wish.id, _interface_body(wish), what=what, request_id=wish.request_id)
        if is_done_at_once(answered):
            return None
        sent = Sent(kind=KIND, target=str(wish.id), what=what, request_id=wish.request_id)
        return recorded(sent, answered, now)

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands; where no address knows it, the interface itself is read.

        Raises:
            OperationFailedError: it ended badly.
        """
        told = await self._operations.follow(operation)
        if told is not None:
            return told.status
        seen = await self.interface(ArmId(operation.target))
        state = seen.state.casefold() if seen else ""
        if state == "failed":
            raise OperationFailedError(
                "could not create the interface: its state is Failed",
                target=operation.target,
                hint="the subscription's activity log tells more",
            )
        return Status(finished=state == "succeeded", started_at=operation.started_at, known=at_work(state))

    async def _open_subnets(self, subnets: tuple[Body, ...], spaces: tuple[str, ...]) -> tuple[str, ...]:
        known: dict[ArmId, tuple[str, ...]] = {}
        found = []
        for subnet in subnets:
            group = arm_id(subnet, "properties", "networkSecurityGroup", "id")
            if group is not None and group not in known:
                known[group] = await self._ways_through(group, spaces)
            if group is None or known[group]:
                found.append(text(subnet, "name"))
        return tuple(found)

    async def _routes(self, subnets: tuple[Body, ...]) -> tuple[str, ...]:
        found = []
        for subnet in subnets:
            table = arm_id(subnet, "properties", "routeTable", "id")
            if table is not None:
                body = await self._resources.find(table, what="read the table of routes")
                out = ("unknown: its table cannot be found",) if body is None else leads_out(body)
                found += [f"{text(subnet, 'name')}/{one}" for one in out]
        return tuple(found)

    async def _public_addresses(self, network: ArmId, subnets: tuple[Body, ...]) -> tuple[str, ...]:
        """Name the public addresses of what stands in the subnets: by one list, however much stands there."""
        inside = {one for subnet in subnets for each in _standing(subnet) if (one := arm_id(each, "id")) is not None}
        if not inside:
            return ()
        above = f"/subscriptions/{network.subscription}/providers/Microsoft.Network"
        listed = await self._resources.read_all(above, "publicIPAddresses", what="list the public addresses")
        return tuple(
            text(one, "name") for one in listed if arm_id(one, "properties", "ipConfiguration", "id") in inside
        )

    async def _ways_through(self, group: ArmId, spaces: tuple[str, ...]) -> tuple[str, ...]:
        found = await self._resources.find(group, what="read the security group")
        return ("not found",) if found is None else lets_through(found, spaces)


def _standing(subnet: Body) -> tuple[Body, ...]:
    return bodies(subnet, "properties", "ipConfigurations")


def _gateways(subnets: tuple[Body, ...]) -> tuple[str, ...]:
    reserved = [text(subnet, "name") for subnet in subnets if text(subnet, "name").casefold() in _GATEWAY_SUBNETS]
    translated = [arm_id(subnet, "properties", "natGateway", "id") for subnet in subnets]
    return tuple(reserved + [gateway.name for gateway in translated if gateway is not None])


def _interface(body: Body, asked: ArmId) -> Interface:
    properties = branch(body, "properties")
    configurations = [branch(one, "properties") for one in bodies(properties, "ipConfigurations")]
    subnets = [subnet for one in configurations if (subnet := arm_id(one, "subnet", "id")) is not None]
    addresses = (text(one, "privateIPAddress") for one in configurations)
    return Interface(
        id=arm_id(body, "id") or asked,
        location=text(body, "location"),
        subnet=subnets[0] if subnets else ArmId(""),
        addresses=tuple(address for address in addresses if address),
        state=text(properties, "provisioningState"),
        tags=tags(body),
    )


def _interface_body(wish: InterfaceWish) -> dict[str, Any]:
    configuration: dict[str, Any] = {"subnet": {"id": str(wish.subnet)}, "privateIPAllocationMethod": "Dynamic"}
    if wish.address:
        configuration |= {"privateIPAllocationMethod": "Static", "privateIPAddress": wish.address}
    return {
        "location": wish.location,
        "tags": dict(wish.tags),
        "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": configuration}]},
    }
