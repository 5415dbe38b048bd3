"""Microsoft.Resources: subscriptions, groups, the list of all resources, tags, locks, providers, deployments.

It imports the kernel only.
"""

from drd.sandbox.resources import (
    deployments,
    lock,
    provider,
    resource_group,
    resource_list,
    subscription,
    tags,
)
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (
    *subscription.ROUTES,
    *resource_group.ROUTES,
    *resource_list.ROUTES,
    *provider.ROUTES,
    *tags.ROUTES,
    *lock.ROUTES,
    *deployments.ROUTES,
)
