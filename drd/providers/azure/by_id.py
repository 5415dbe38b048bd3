"""Resources by their id, through the official client of Resource Manager, which knows no types and takes little memory.

The clients of networking and of Site Recovery cost more memory than the others, for few calls; see
`docs/decisions/0010-networks-by-id.md`. The api-version that each type is asked with stands here.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest

from drd.domain.errors import PermanentError
from drd.domain.ids import ArmId
from drd.providers.azure.body import Body, plain
from drd.providers.azure.clients import Clients
from drd.providers.azure.reading import Reader
from drd.providers.azure.rest import Rest
from drd.providers.azure.sending import Answered, Sender

_NETWORK, _SITE_RECOVERY, _KEY_VAULT = "2024-05-01", "2025-08-01", "2023-07-01"
VERSIONS: Mapping[str, str] = {
    "microsoft.network/virtualnetworks": _NETWORK,
    "microsoft.network/networkinterfaces": _NETWORK,
    "microsoft.network/networksecuritygroups": _NETWORK,
    "microsoft.network/routetables": _NETWORK,
    "microsoft.network/publicipaddresses": _NETWORK,
    "microsoft.network/privatednszones": "2024-06-01",
    "microsoft.network/trafficmanagerprofiles": "2022-04-01",
    "microsoft.recoveryservices/vaults": _SITE_RECOVERY,
    "microsoft.keyvault/vaults": _KEY_VAULT,
    "microsoft.keyvault/deletedvaults": _KEY_VAULT,
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

    async def find(self, resource: ArmId, *, what: str, expand: str = "") -> Body | None:
        """Read a resource, with a part of it that is told only when it is asked for; None when there is none."""
        client = self._clients.resources(resource.subscription).resources
        query = {"$expand": expand} if expand else {}
        found = await self._reader.find(
            lambda: client.get_by_id(_bare(resource), api_version=version_of(resource), params=dict(query)),
            what=what,
            target=str(resource),
        )
        return None if found is None else plain(found)

    async def read_all(
        self, above: ArmId | str, below: str, *, what: str, query: Mapping[str, str] | None = None
    ) -> tuple[Body, ...]:
        """Read the list of what lies below a resource, a group or a subscription's path to its end.

        Raises:
            NotFoundError: there is nothing that it could lie below. Else as `Reader.read` does.
        """
        path = f"{above}/{below}"
        found = await self._rest.pages(
            path, what=what, target=str(above), version=version_of(path), query=dict(query or {})
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

    async def post(
        self, resource: ArmId, action: str, *, what: str, request_id: str, body: Mapping[str, Any] | None = None
    ) -> Answered:
        """POST an action of a resource once. Raises as `Sender.send` does."""
        url = self._rest.url(f"{resource}/{action}", version_of(resource))

        async def call(options: Mapping[str, Any]) -> object:
            request = HttpRequest("POST", url) if body is None else HttpRequest("POST", url, json=dict(body))
            response = await self._clients.arm.send_request(request, **options)
            if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
                raise HttpResponseError(response=response)
            return response

        return await self._sender.send(call, what=what, target=str(resource), request_id=request_id)

    async def delete(self, resource: ArmId, *, what: str, request_id: str) -> Answered:
        """DELETE a resource once. Raises as `Sender.send` does; a 204 says that it was not there."""
        client = self._clients.resources(resource.subscription).resources

        async def call(options: Mapping[str, Any]) -> object:
            return await client.begin_delete_by_id(
                _bare(resource), api_version=version_of(resource), polling=False, **options
            )

        return await self._sender.send(call, what=what, target=str(resource), request_id=request_id)


def version_of(resource: ArmId | str) -> str:
    """Give the api-version for a resource or a list. Raises PermanentError for a type that is not asked by id."""
    parts = str(resource).casefold().rpartition("/providers/")[2].split("/")
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
