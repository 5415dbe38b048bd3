"""Resource providers: which there are, what types they have, and whether a subscription registered them.

Registered is what they all are in the beginning. What is otherwise is kept as a resource of the subscription, and
`drd.sandbox.governance` refuses calls of namespaces that are not registered.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, conflict
from drd.sandbox.governance import REGISTRATION_TYPE, registration_id
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_KNOWN: Mapping[str, tuple[str, ...]] = {
    "Microsoft.Authorization": ("locks", "permissions", "roleAssignments", "roleDefinitions"),
    "Microsoft.Compute": ("virtualMachines", "disks", "snapshots", "galleries", "capacityReservationGroups"),
    "Microsoft.DesktopVirtualization": ("hostPools", "applicationGroups", "workspaces", "scalingPlans"),
    "Microsoft.KeyVault": ("vaults",),
    "Microsoft.ManagedIdentity": ("userAssignedIdentities",),
    "Microsoft.Network": (
        "virtualNetworks",
        "networkSecurityGroups",
        "networkInterfaces",
        "publicIPAddresses",
        "routeTables",
        "dnsZones",
        "privateDnsZones",
        "trafficManagerProfiles",
    ),
    "Microsoft.RecoveryServices": ("vaults",),
    "Microsoft.Resources": ("subscriptions", "resourceGroups", "deployments", "tags"),
    "Microsoft.Storage": ("storageAccounts",),
}
_GLOBAL = {"dnszones", "privatednszones", "trafficmanagerprofiles"}
_VERSIONS = ("2026-04-01", "2024-07-01", "2022-09-01", "2018-05-01")
_READ = "Microsoft.Resources/subscriptions/providers/read"
_REGISTERED, _UNREGISTERED = "Registered", "NotRegistered"


def get(call: Call) -> Response:
    """Answer a provider's registration."""
    return answer(200, _wire(call, _name(call)))


def list_all(call: Call) -> Response:
    """List the providers."""
    return page(call, [_wire(call, name) for name in _KNOWN])


def register(call: Call) -> Response:
    """Register a namespace: `Registering` for a while, and then it can be used."""
    name = _name(call)
    if _state(call, name) != _REGISTERED:
        _turn(call, name, during="Registering", after=_REGISTERED)
    return answer(200, _wire(call, name))


def unregister(call: Call) -> Response:
    """Unregister a namespace of which the subscription holds nothing."""
    name = _name(call)
    for resource in call.world.store.each(subscription=call.subscription):
        if fold(resource.type).startswith(fold(name) + "/") and fold(name) != "microsoft.resources":
            raise conflict(
                "SubscriptionHasResources",
                f"Cannot unregister namespace '{name}': the subscription still has resources of it, such as "
                f"'{resource.id}'.",
            )
    if _state(call, name) == _REGISTERED:
        _turn(call, name, during="Unregistering", after=_UNREGISTERED)
    return answer(200, _wire(call, name))


def _turn(call: Call, name: str, *, during: str, after: str) -> None:
    kept = call.keep(
        Resource(
            id=registration_id(call.subscription, name),
            type=REGISTRATION_TYPE,
            location="",
            properties={"registrationState": during},
        )
    )

    def done(at: datetime) -> None:
        call.keep(kept.with_properties(registrationState=after), at=at)

    took: timedelta = call.world.profile.duration("provider.register", kept.id)
    call.world.schedule(call.now + took, done)
    call.effect("provider." + during.lower(), id=kept.id)


def _name(call: Call) -> str:
    wanted = call.params["namespace"]
    for name in _KNOWN:
        if fold(name) == fold(wanted):
            return name
    raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{wanted}' is invalid.")


def _state(call: Call, name: str) -> str:
    kept = call.world.store.get(registration_id(call.subscription, name))
    return str(kept.properties["registrationState"]) if kept else _REGISTERED


def _wire(call: Call, name: str) -> JsonObject:
    return {
        "id": registration_id(call.subscription, name),
        "namespace": name,
        "registrationState": _state(call, name),
        "registrationPolicy": "RegistrationFree" if name == "Microsoft.Resources" else "RegistrationRequired",
        "resourceTypes": [_type(kind) for kind in _KNOWN[name]],
    }


def _type(kind: str) -> JsonObject:
    return {
        "resourceType": kind,
        "locations": ["global"] if fold(kind) in _GLOBAL else ["West Europe", "North Europe"],
        "apiVersions": list(_VERSIONS),
        "defaultApiVersion": _VERSIONS[0],
        "capabilities": "SupportsTags, SupportsLocation",
    }


_PROVIDER = "/subscriptions/{subscription}/providers/{namespace}"

ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template="/subscriptions/{subscription}/providers",
        handler=list_all,
        operation=_READ,
        regions=no_region,
    ),
    Route(method="GET", template=_PROVIDER, handler=get, operation=_READ, regions=no_region),
    Route(
        method="POST",
        template=_PROVIDER + "/register",
        handler=register,
        operation="Microsoft.Resources/subscriptions/providers/register/action",
        regions=no_region,
    ),
    Route(
        method="POST",
        template=_PROVIDER + "/unregister",
        handler=unregister,
        operation="Microsoft.Resources/subscriptions/providers/unregister/action",
        regions=no_region,
    ),
)
