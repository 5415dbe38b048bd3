"""More of Azure's own clients for the sandbox in this process."""

from typing import Any, TypeVar

from drd.sandbox.wire import Request
from tests.contract.sandbox.conftest import SUBSCRIPTION, Azure, Bearer, InProcess, NoCredential

C = TypeVar("C")


def client_of(azure: Azure, kind: type[C], *, subscribed: bool = True) -> C:
    """Make a client that speaks to the sandbox without a network; `subscribed` says whether it wants a subscription."""
    make: Any = kind
    made: C = make(
        NoCredential(),
        *([SUBSCRIPTION] if subscribed else []),
        base_url=azure.base_url,
        credential_scopes=["sandbox/.default"],
        authentication_policy=Bearer(azure.sandbox.world.identities.token_for("sandbox-owner")),
        transport=InProcess(azure.sandbox, azure.time),
        retry_total=0,
        polling_interval=10,
    )
    return made


async def body_of(azure: Azure, path: str, version: str) -> Any:
    """Give the body that a GET answers, as it is on the wire."""
    token = azure.sandbox.world.identities.token_for("sandbox-owner")
    answered = await azure.sandbox.handle(
        Request(
            method="GET",
            url=f"{azure.base_url}{path}?api-version={version}",
            headers={"authorization": f"Bearer {token}"},
        )
    )
    assert answered.status == 200, answered.body
    return answered.json()
