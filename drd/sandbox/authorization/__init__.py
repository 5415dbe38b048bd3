"""Microsoft.Authorization: what the caller may, role definitions and role assignments. It imports the kernel only."""

from drd.sandbox.authorization import permission, role_assignment, role_definition
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (
    *permission.ROUTES,
    *role_definition.ROUTES,
    *role_assignment.ROUTES,
)
"""Every address of Microsoft.Authorization that is about roles."""
