"""Resource providers, all registered."""

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.wire import JsonObject, Response, answer

_KNOWN = (
    "Microsoft.Compute",
    "Microsoft.DesktopVirtualization",
    "Microsoft.Network",
    "Microsoft.RecoveryServices",
    "Microsoft.Resources",
    "Microsoft.Storage",
)
_READ = "Microsoft.Resources/subscriptions/providers/read"


def get(call: Call) -> Response:
    """Answer a provider's registration."""
    wanted = call.params["namespace"]
    for name in _KNOWN:
        if name.casefold() == wanted.casefold():
            return answer(200, _wire(call, name))
    raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{wanted}' is invalid.")


def list_all(call: Call) -> Response:
    """List the providers."""
    return page(call, [_wire(call, name) for name in _KNOWN])


def _wire(call: Call, name: str) -> JsonObject:
    return {
        "id": f"/subscriptions/{call.subscription}/providers/{name}",
        "namespace": name,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [],
    }


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template="/subscriptions/{subscription}/providers",
        handler=list_all,
        operation=_READ,
        regions=no_region,
    ),
    Route(
        method="GET",
        template="/subscriptions/{subscription}/providers/{namespace}",
        handler=get,
        operation=_READ,
        regions=no_region,
    ),
)
