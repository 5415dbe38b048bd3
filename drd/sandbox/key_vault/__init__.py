"""Microsoft.KeyVault: vaults and keys as Resource Manager shows them, no more. Imports the kernel only."""

from drd.sandbox.key_vault import key, vault
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (*vault.ROUTES, *key.ROUTES)
