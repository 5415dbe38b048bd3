"""Microsoft.Storage: the staging account of each region. Imports the kernel only."""

from drd.sandbox.router import Route
from drd.sandbox.storage import account

ROUTES: tuple[Route, ...] = account.ROUTES
