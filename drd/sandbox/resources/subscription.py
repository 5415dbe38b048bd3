"""Subscriptions, their locations, and tenants: global."""

from collections.abc import Mapping

from drd.sandbox.call import Call
from drd.sandbox.identities import TENANT
from drd.sandbox.paging import page
from drd.sandbox.resources.tags import SUBSCRIPTION_TAGS
from drd.sandbox.router import Route, no_region
from drd.sandbox.wire import JsonObject, Response, answer

_READ = "Microsoft.Resources/subscriptions/read"
_LOCATIONS: Mapping[str, tuple[str, str, str, str, str]] = {
    "westeurope": ("West Europe", "52.3667", "4.9", "Netherlands", "northeurope"),
    "northeurope": ("North Europe", "53.3478", "-6.2597", "Ireland", "westeurope"),
}
"""By name: what people call it, latitude, longitude, where it stands, and the paired region."""


def get(call: Call) -> Response:
    """Answer a subscription."""
    return answer(200, _wire(call, call.subscription, call.world.subscriptions[call.subscription.lower()]))


def list_all(call: Call) -> Response:
    """List the subscriptions in which the caller holds anything."""
    known = call.world.subscriptions
    return page(call, [_wire(call, one, known[one]) for one in call.world.roles.seen(call.identity, known)])


def list_locations(call: Call) -> Response:
    """List the regions that the subscription may use."""
    return page(call, [_location(call.subscription, name) for name in _LOCATIONS])


def list_tenants(call: Call) -> Response:
    """List the tenant."""
    tenant = {
        "id": f"/tenants/{TENANT}",
        "tenantId": TENANT,
        "countryCode": "NL",
        "displayName": "voorbeeld",
        "domains": ["voorbeeld.example"],
        "tenantCategory": "Home",
        "defaultDomain": "voorbeeld.example",
        "tenantType": "AAD",
    }
    return page(call, [tenant])


def _wire(call: Call, subscription: str, name: str) -> JsonObject:
    held = call.world.store.get(f"/subscriptions/{subscription}/providers/{SUBSCRIPTION_TAGS}/default")
    return {
        "id": f"/subscriptions/{subscription}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription,
        "tenantId": TENANT,
        "displayName": name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
        "tags": dict(held.tags) if held else {},
    }


def _location(subscription: str, name: str) -> JsonObject:
    words, latitude, longitude, place, pair = _LOCATIONS[name]
    return {
        "id": f"/subscriptions/{subscription}/locations/{name}",
        "name": name,
        "type": "Region",
        "displayName": words,
        "regionalDisplayName": f"(Europe) {words}",
        "metadata": {
            "regionType": "Physical",
            "regionCategory": "Recommended",
            "geography": "Europe",
            "geographyGroup": "Europe",
            "latitude": latitude,
            "longitude": longitude,
            "physicalLocation": place,
            "pairedRegion": [{"name": pair, "id": f"/subscriptions/{subscription}/locations/{pair}"}],
        },
    }


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template="/subscriptions", handler=list_all, operation=_READ, regions=no_region),
    Route(method="GET", template="/subscriptions/{subscription}", handler=get, operation=_READ, regions=no_region),
    Route(
        method="GET",
        template="/subscriptions/{subscription}/locations",
        handler=list_locations,
        operation="Microsoft.Resources/subscriptions/locations/read",
        regions=no_region,
    ),
    Route(
        method="GET",
        template="/tenants",
        handler=list_tenants,
        operation="Microsoft.Resources/tenants/read",
        regions=no_region,
    ),
)
