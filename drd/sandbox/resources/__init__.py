"""Microsoft.Resources: subscriptions, resource groups, the list of all resources, providers.

It imports the kernel only.
"""

from drd.sandbox.resources import deployments, provider, resource_group, resource_list, subscription
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (
    *subscription.ROUTES,
    *resource_group.ROUTES,
    *resource_list.ROUTES,
    *provider.ROUTES,
    *deployments.ROUTES,
)
