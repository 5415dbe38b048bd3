"""Storage accounts, to be found and read."""

from drd.sandbox.call import Call
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import Response, answer

ACCOUNT_TYPE = "Microsoft.Storage/storageAccounts"
_ACCOUNTS = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts"
_READ = "Microsoft.Storage/storageAccounts/read"


def build_account(*, id: str, location: str) -> Resource:  # noqa: A002 - ARM's word
    """Return a general-purpose account."""
    return Resource(
        id=id,
        type=ACCOUNT_TYPE,
        location=location,
        properties={"provisioningState": "Succeeded", "statusOfPrimary": "available", "primaryLocation": location},
        top={"kind": "StorageV2", "sku": {"name": "Standard_LRS", "tier": "Standard"}},
    )


def get(call: Call) -> Response:
    """Answer an account."""
    return answer(200, call.world.store.require(call.arm_id()).wire())


def list_group(call: Call) -> Response:
    """List a group's accounts."""
    found = call.world.store.each(ACCOUNT_TYPE, subscription=call.subscription, group=call.group)
    return page(call, [one.wire() for one in found])


def list_subscription(call: Call) -> Response:
    """List the subscription's accounts that are not in a lost region."""
    found = call.world.store.each(ACCOUNT_TYPE, subscription=call.subscription)
    return page(call, [one.wire() for one in found if not call.world.regions.is_lost(one.location, call.now)])


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_ACCOUNTS, handler=list_group, operation=_READ),
    Route(
        method="GET",
        template="/subscriptions/{subscription}/providers/Microsoft.Storage/storageAccounts",
        handler=list_subscription,
        operation=_READ,
        regions=no_region,
    ),
    Route(method="GET", template=_ACCOUNTS + "/{name}", handler=get, operation=_READ),
)
