"""Deployments to resource groups: one request that makes several resources. Followed by reading the deployment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drd.domain.errors import NotFoundError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.providers.azure.body import Body, bodies, plain, text
from drd.providers.azure.clients import Clients
from drd.providers.azure.errors import Doing, operation_failed
from drd.providers.azure.operations import Sent, recorded
from drd.providers.azure.reading import Reader
from drd.providers.azure.sending import Sender

KIND = "deployment"
_WHAT = "deploy"
_BADLY = frozenset({"failed", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentWish:
    """A deployment to be sent.

    Attributes:
        template: an ARM template; what it makes is named by its parameters.
        parameters: values that may be seen.
        secrets: values that may not: they stand in this one request's body, never in a record, a log or an answer.
    """

    id: ArmId
    template: Mapping[str, Any]
    parameters: Mapping[str, Any]
    tags: Mapping[str, str]
    request_id: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class AzureDeployments:
    """Sends deployments in incremental mode, and reads them back.

    Permissions: state, follow: `Microsoft.Resources/deployments/read`. deploy: `Microsoft.Resources/deployments/write`,
    and to write each resource of the template.
    """

    def __init__(self, *, clients: Clients, reader: Reader, sender: Sender, clock: Clock) -> None:
        """Take the clients, what asks, what sends, and world time."""
        self._clients = clients
        self._reader = reader
        self._sender = sender
        self._clock = clock

    async def state(self, deployment: ArmId) -> str:
        """Give the state of a deployment in lower case, as Azure calls it; empty when there is none."""
        body = await self._read(deployment)
        return "" if body is None else text(body, "properties", "provisioningState").casefold()

    async def deploy(self, wish: DeploymentWish) -> Operation:
        """PUT by name. Raises ConflictError while one of the same name runs."""
        client = self._clients.deployments(wish.id.subscription).deployments
        values = {**wish.parameters, **wish.secrets}
        body: Any = {
            "tags": dict(wish.tags),
            "properties": {
                "mode": "Incremental",
                "template": dict(wish.template),
                "parameters": {name: {"value": each} for name, each in values.items()},
            },
        }

        async def call(options: Mapping[str, Any]) -> object:
            return await client.begin_create_or_update(
                wish.id.resource_group, wish.id.name, body, polling=False, **options
            )

        answered = await self._sender.send(call, what=_WHAT, target=str(wish.id), request_id=wish.request_id)
        sent = Sent(kind=KIND, target=str(wish.id), what=_WHAT, request_id=wish.request_id)
        return recorded(sent, answered, self._clock.now())

    async def follow(self, operation: Operation) -> Status:
        """Read how the deployment stands. Raises OperationFailedError when it ended badly."""
        target = ArmId(operation.target)
        body = await self._read(target)
        if body is None:
            raise NotFoundError("the deployment is gone", target=operation.target, hint="see who deleted it")
        state = text(body, "properties", "provisioningState").casefold()
        if state in _BADLY:
            code, message = _cause(body)
            error = {"error": {"code": code, "message": message}} if code else {}
            raise operation_failed(error, Doing(what=_WHAT, target=operation.target, changes=True), otherwise=state)
        return Status(finished=state == "succeeded")

    def adopted(self, deployment: ArmId) -> Operation:
        """Give the operation of a deployment that is known to have been sent, so that it can be followed."""
        return Operation(kind=KIND, target=str(deployment), started_at=self._clock.now())

    async def _read(self, deployment: ArmId) -> Body | None:
        client = self._clients.deployments(deployment.subscription).deployments
        found = await self._reader.find(
            lambda: client.get(deployment.resource_group, deployment.name),
            what="read the deployment",
            target=str(deployment),
        )
        return None if found is None else plain(found)


def _cause(body: Body) -> tuple[str, str]:
    """Give code and words of the first resource that failed: the deployment's own say only that one did."""
    details = bodies(body, "properties", "error", "details")
    first = details[0] if details else None
    if first is None:
        return text(body, "properties", "error", "code"), text(body, "properties", "error", "message")
    return text(first, "code"), text(first, "message")
