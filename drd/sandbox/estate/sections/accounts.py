"""Storage accounts for staging."""

from collections.abc import Mapping

from drd.sandbox.estate.field import Name
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section
from drd.sandbox.storage.account import build_account


def plant(plot: Plot, accounts: Mapping[str, str]) -> None:
    """Plant the accounts."""
    for name, group in accounts.items():
        account_id = plot.id(group, "Microsoft.Storage/storageAccounts", plot.public(name))
        plot.know("accounts", name, plot.put(build_account(id=account_id, location=plot.places[group])))


SECTION = Section(
    key="accounts",
    shape=dict[Name, Name],
    plant=plant,
    about="Storage accounts: name and resource group.",
    gives=lambda accounts: [Named(path=(name,), name=name) for name in accounts],
    uses=lambda accounts: [Named(path=(name,), name=group, of="groups") for name, group in accounts.items()],
)
