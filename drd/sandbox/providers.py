"""The list of resource providers: a new one is one line here."""

from drd.sandbox import authorization, compute, desktops, network, recovery_services, resources, storage
from drd.sandbox.router import Route

ALL_ROUTES: tuple[Route, ...] = (
    *authorization.ROUTES,
    *resources.ROUTES,
    *compute.ROUTES,
    *network.ROUTES,
    *storage.ROUTES,
    *recovery_services.ROUTES,
    *desktops.ROUTES,
)
"""Every address that the sandbox answers."""
