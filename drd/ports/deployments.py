"""Deployments: one request that makes several resources in a resource group, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A deployment as read back. `state` is Azure's: `Accepted`, `Running`, `Succeeded`, `Failed`, `Canceled`."""

    id: ArmId
    state: str
    error: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


class Deployments(Protocol):
    """Deployments to resource groups, in incremental mode."""

    async def get(self, deployment: ArmId) -> Deployment | None:
        """Read a deployment; None when there is none."""
        ...

    async def deploy(self, wish: DeploymentWish) -> Operation:
        """PUT by name. Raises ConflictError while one of the same name runs."""
        ...

    async def follow(self, operation: Operation) -> Status:
        """Read how the deployment stands. Raises OperationFailedError when it ended badly."""
        ...

    async def adopt(self, deployment: ArmId) -> Operation:
        """Give the operation of a deployment that is known to have been sent, so that it can be followed."""
        ...


DEPLOYMENTS: Capability[Deployments] = Capability("deployments")
