"""Microsoft.DesktopVirtualization: host pools, session hosts, user sessions, application groups, workspaces.

Everything here is answered at once: the provider knows no long-running operation. It reads machines and interfaces.
"""

from drd.sandbox.desktops import application_group, host_pool, scaling_plan, session_host, user_session, workspace
from drd.sandbox.desktops.agent import attend
from drd.sandbox.router import Route

__all__ = ["ROUTES", "attend"]

ROUTES: tuple[Route, ...] = (
    *host_pool.ROUTES,
    *session_host.ROUTES,
    *user_session.ROUTES,
    *application_group.ROUTES,
    *workspace.ROUTES,
    *scaling_plan.ROUTES,
)
