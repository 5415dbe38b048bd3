"""Resource groups: the box in which a drill makes its copies."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from drd.domain.errors import NotFoundError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.ports.groups import Group, Resource
from drd.providers.azure.body import Body, arm_id, plain, tags, text, value
from drd.providers.azure.clients import Clients
from drd.providers.azure.instant import real_instant
from drd.providers.azure.listing import reading_a_list
from drd.providers.azure.operations import Operations, Sent, at_work, recorded
from drd.providers.azure.reading import Reader
from drd.providers.azure.sending import Sender

KIND = "arm"
_CREATED = "createdTime"


class AzureGroups:
    """Answers `drd.ports.groups.Groups`.

    Permissions, under `Microsoft.Resources/subscriptions/`:
        get, list: `resourceGroups/read`. create, tag: `resourceGroups/write`. delete: `resourceGroups/delete`.
        resources, tagged: `resources/read` and `resourceGroups/resources/read`. follow: `operationresults/read`.
    """

    def __init__(
        self, *, clients: Clients, reader: Reader, sender: Sender, operations: Operations, clock: Clock
    ) -> None:
        """Take the clients, what asks, what sends, what follows, and world time."""
        self._clients = clients
        self._reader = reader
        self._sender = sender
        self._operations = operations
        self._clock = clock

    async def get(self, group: ArmId) -> Group | None:
        """Read a group; None when there is none."""
        client = self._clients.resources(group.subscription).resource_groups
        found = await self._reader.find(
            lambda: client.get(group.resource_group), what="read the resource group", target=str(group)
        )
        return None if found is None else _group(plain(found), group)

    async def create(self, group: ArmId, *, location: str, tags: Mapping[str, str], request_id: str) -> Group:
        """PUT by name: sending it again changes nothing."""
        client = self._clients.resources(group.subscription).resource_groups
        body: Any = {"location": location, "tags": dict(tags)}

        async def call(options: Mapping[str, Any]) -> object:
            return await client.create_or_update(group.resource_group, body, **options)

        answered = await self._sender.send(
            call, what="create the resource group", target=str(group), request_id=request_id
        )
        if answered.body:
            return _group(answered.body, group)
        return await self._read_back(group)

    async def tag(self, group: ArmId, *, tags: Mapping[str, str], request_id: str) -> Group:
        """Add tags; those already there stay. Azure replaces all tags at once, so they are read first."""
        present = await self._read_back(group)
        client = self._clients.resources(group.subscription).resource_groups
        body: Any = {"tags": {**present.tags, **tags}}

        async def call(options: Mapping[str, Any]) -> object:
            return await client.update(group.resource_group, body, **options)

        await self._sender.send(call, what="tag the resource group", target=str(group), request_id=request_id)
        return await self._read_back(group)

    async def delete(self, group: ArmId, *, request_id: str) -> Operation | None:
        """Delete a group with all it holds; None when it was gone already."""
        client, now = self._clients.resources(group.subscription).resource_groups, self._clock.now()

        async def call(options: Mapping[str, Any]) -> object:
            return await client.begin_delete(group.resource_group, polling=False, **options)

        what = "delete the resource group"
        try:
            answered = await self._sender.send(call, what=what, target=str(group), request_id=request_id)
        except NotFoundError:
            return None
        sent = Sent(kind=KIND, target=str(group), what=what, request_id=request_id)
        return recorded(sent, answered, now)

    async def list(self, subscription: str, *, tag: str = "", value: str = "") -> tuple[Group, ...]:
        """Give the groups of a subscription, of one tag where it is given."""
        client = self._clients.resources(subscription).resource_groups
        found = await self._reader.read_all(
            lambda: client.list(filter=_tagged(tag, value) or None),
            what="list the resource groups",
            target=f"/subscriptions/{subscription}",
        )
        bodies = [plain(one) for one in found]
        return tuple(_group(body, group) for body in bodies if (group := arm_id(body, "id")) is not None)

    async def resources(self, group: ArmId) -> tuple[Resource, ...]:
        """Give what a group holds; empty when there is no such group."""
        client = self._clients.resources(group.subscription).resources

        async def collect() -> tuple[Any, ...]:
            with reading_a_list():
                found = client.list_by_resource_group(group.resource_group, expand=_CREATED)
                return tuple([one async for one in found])

        found = await self._reader.find(collect, what="list what the resource group holds", target=str(group))
        return _resources([plain(one) for one in found or ()])

    async def tagged(self, subscription: str, *, tag: str, value: str) -> tuple[Resource, ...]:
        """Give every resource of a subscription that carries the tag."""
        client = self._clients.resources(subscription).resources
        found = await self._reader.read_all(
            lambda: client.list(filter=_tagged(tag, value), expand=_CREATED),
            what=f"list what is tagged {tag}",
            target=f"/subscriptions/{subscription}",
        )
        return _resources([plain(one) for one in found])

    async def follow(self, operation: Operation) -> Status:
        """Ask how a deletion stands. It is finished when the group cannot be found, whatever the address says."""
        told = await self._operations.follow(operation)
        if told is not None and not told.status.finished:
            return told.status
        group = await self.get(ArmId(operation.target))
        gone = group is None
        if told is None:
            known = group is not None and at_work(group.state)
            return Status(finished=gone, started_at=operation.started_at, known=known)
        return replace(told.status, finished=gone)

    async def _read_back(self, group: ArmId) -> Group:
        found = await self.get(group)
        if found is None:
            hint = "its creation was not accepted after all, or somebody removed it: retry the step"
            raise NotFoundError("there is no such resource group", target=str(group), hint=hint)
        return found


def _tagged(tag: str, value: str) -> str:
    quoted = tag.replace("'", "''"), value.replace("'", "''")
    return f"tagName eq '{quoted[0]}'" + (f" and tagValue eq '{quoted[1]}'" if value else "") if tag else ""


def _group(body: Body, asked: ArmId) -> Group:
    return Group(
        id=arm_id(body, "id") or asked,
        location=text(body, "location"),
        state=text(body, "properties", "provisioningState"),
        tags=tags(body),
    )


def _resources(found: list[Body]) -> tuple[Resource, ...]:
    named = ((arm_id(body, "id"), body) for body in found)
    return tuple(
        Resource(
            id=resource,
            location=text(body, "location"),
            tags=tags(body),
            created_at=real_instant(value(body, _CREATED)),
        )
        for resource, body in named
        if resource is not None
    )
