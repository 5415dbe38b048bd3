"""Resources by their id, through the official client of Resource Manager, which knows no types and takes little memory.

The clients of networking cost more memory than all the others together, for a handful of calls; see
`docs/decisions/0010-networks-by-id.md`. The api-version that each type is asked with stands here.
"""

from collections.abc import Mapping
from typing import Any

from drd.domain.errors import PermanentError
from drd.domain.ids import ArmId
from drd.providers.azure.body import Body, plain
from drd.providers.azure.clients import Clients
from drd.providers.azure.reading import Reader
from drd.providers.azure.rest import Rest
from drd.providers.azure.sending import Answered, Sender

_NETWORK = "2024-05-01"
VERSIONS: Mapping[str, str] = {
    "microsoft.network/virtualnetworks": _NETWORK,
    "microsoft.network/networkinterfaces": _NETWORK,
    "microsoft.network/networksecuritygroups": _NETWORK,
    "microsoft.network/privatednszones": "2024-06-01",
    "microsoft.network/trafficmanagerprofiles": "2022-04-01",
}
"""By the outermost type, in lower case: a stable version that the service has answered for years."""


class ById:
    """Asks for and changes resources that are named by their id."""

    def __init__(self, *, clients: Clients, reader: Reader, sender: Sender, rest: Rest) -> None:
        """Take the clients, what asks, what sends, and what reads lists."""
        self._clients = clients
        self._reader = reader
        self._sender = sender
        self._rest = rest

    async def read(self, resource: ArmId, *, what: str) -> Body:
        """Read a resource. Raises NotFoundError, and as `Reader.read` does."""
        client = self._clients.resources(resource.subscription).resources
        found = await self._reader.read(
            lambda: client.get_by_id(_bare(resource), api_version=version_of(resource)),
            what=what,
            target=str(resource),
        )
        return plain(found)

    async def find(self, resource: ArmId, *, what: str) -> Body | None:
        """Read a resource; None when there is none."""
        client = self._clients.resources(resource.subscription).resources
        found = await self._reader.find(
            lambda: client.get_by_id(_bare(resource), api_version=version_of(resource)),
            what=what,
            target=str(resource),
        )
        return None if found is None else plain(found)

    async def read_all(self, resource: ArmId, below: str, *, what: str) -> tuple[Body, ...]:
        """Read the list of what lies below a resource to its end."""
        found = await self._rest.pages(
            f"{resource}/{below}", what=what, target=str(resource), version=version_of(resource), query={}
        )
        return tuple(found)

    async def put(
        self,
        resource: ArmId,
        body: Mapping[str, Any],
        *,
        what: str,
        request_id: str,
        condition: Mapping[str, str] | None = None,
    ) -> Answered:
        """PUT a resource once, under the headers of `condition`. Raises as `Sender.send` does."""
        client = self._clients.resources(resource.subscription).resources
        wanted: Any = dict(body)

        async def call(options: Mapping[str, Any]) -> object:
            return await client.begin_create_or_update_by_id(
                _bare(resource),
                wanted,
                api_version=version_of(resource),
                headers=dict(condition or {}),
                polling=False,
                **options,
            )

        return await self._sender.send(call, what=what, target=str(resource), request_id=request_id)

    async def patch(self, resource: ArmId, body: Mapping[str, Any], *, what: str, request_id: str) -> Answered:
        """PATCH a resource once. Raises as `Sender.send` does."""
        client = self._clients.resources(resource.subscription).resources
        wanted: Any = dict(body)

        async def call(options: Mapping[str, Any]) -> object:
            return await client.begin_update_by_id(
                _bare(resource), wanted, api_version=version_of(resource), polling=False, **options
            )

        return await self._sender.send(call, what=what, target=str(resource), request_id=request_id)

    async def delete(self, resource: ArmId, *, what: str, request_id: str) -> Answered:
        """DELETE a resource once. Raises as `Sender.send` does; a 204 says that it was not there."""
        client = self._clients.resources(resource.subscription).resources

        async def call(options: Mapping[str, Any]) -> object:
            return await client.begin_delete_by_id(
                _bare(resource), api_version=version_of(resource), polling=False, **options
            )

        return await self._sender.send(call, what=what, target=str(resource), request_id=request_id)


def version_of(resource: ArmId) -> str:
    """Give the api-version for a resource. Raises PermanentError for a type that is not asked by id."""
    parts = resource.text.casefold().rpartition("/providers/")[2].split("/")
    known = VERSIONS.get("/".join(parts[:2]))
    if known is None:
        raise PermanentError(
            "resources of this type are not asked by their id",
            target=str(resource),
            hint=f"known are {', '.join(sorted(VERSIONS))}",
        )
    return known


def _bare(resource: ArmId) -> str:
    # The client puts a slash before it.
    return str(resource).lstrip("/")
