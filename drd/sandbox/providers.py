"""The list of resource providers: a new one is one line here."""

from drd.sandbox import authorization, compute, desktops, key_vault, network, recovery_services, resources, storage
from drd.sandbox.router import Route

ALL_ROUTES: tuple[Route, ...] = (
    *authorization.ROUTES,
    *resources.ROUTES,
    *compute.ROUTES,
    *network.ROUTES,
    *storage.ROUTES,
    *key_vault.ROUTES,
    *recovery_services.ROUTES,
    *desktops.ROUTES,
)
"""Every address that the sandbox answers."""
