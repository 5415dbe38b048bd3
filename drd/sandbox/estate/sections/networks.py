"""Virtual networks, each with one subnet for servers."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from typing import Literal

from drd.sandbox.estate.field import Name, Prefix, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Problem, Section, named_rows, used_by
from drd.sandbox.network.virtual_network import build_network

SUBNET = "snet-servers"


class NetworkModel(Strict):
    """One network."""

    name: Name
    group: Name
    prefix: Prefix
    subnet: Prefix
    """The prefix of its subnet for servers."""
    security_group: Name
    front: Literal["production", "drill"]
    """Through which front clients reach it."""


def plant(plot: Plot, rows: Sequence[NetworkModel]) -> None:
    """Plant the networks; only the file's own municipality can be reached through a front."""
    for one in rows:
        guard = plot.found("security-groups", one.security_group)
        network = build_network(
            id=plot.id(one.group, "Microsoft.Network/virtualNetworks", one.name),
            location=plot.places[one.group],
            prefix=one.prefix,
            subnets={SUBNET: (one.subnet, guard.id)},
        )
        plot.know("networks", one.name, plot.put(network.with_hidden(front="" if plot.number else one.front)))


def _uses(rows: Sequence[NetworkModel]) -> Iterable[Named]:
    return [*used_by(rows, "group", "groups"), *used_by(rows, "security-group", "security-groups")]


def _check(rows: Sequence[NetworkModel]) -> Iterable[Problem]:
    for place, one in enumerate(rows):
        for key, text in (("prefix", one.prefix), ("subnet", one.subnet)):
            try:
                ip_network(text)
            except ValueError as error:
                yield Problem(path=(place, key), message=f"not a network: {error}", hint="such as 10.1.0.0/16")


SECTION = Section(
    key="networks",
    shape=list[NetworkModel],
    plant=plant,
    about="Virtual networks.",
    gives=named_rows,
    uses=_uses,
    check=_check,
)
