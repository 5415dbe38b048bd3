"""Traffic Manager profiles that lead users to names outside Azure's own resources."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from drd.sandbox.estate.field import Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Section, named_rows, used_by
from drd.sandbox.network.traffic_profile import PROFILE_TYPE, build_endpoint, build_profile


class EndpointModel(Strict):
    """A place to which users may be led."""

    name: Name
    target: str
    """A host name."""
    priority: int = Field(ge=1, le=1000)
    """The smallest that is up is where users are led."""
    enabled: bool = True


class TrafficManagerModel(Strict):
    """One profile."""

    name: Name
    group: Name
    host: Name
    """Its name before `.trafficmanager.net`."""
    routing: Literal["Priority", "Weighted"] = "Priority"
    ttl: int = Field(default=60, ge=1)
    """Seconds."""
    protocol: Literal["HTTP", "HTTPS", "TCP"] = "HTTPS"
    port: int = 443
    path: str = "/"
    """What its probes ask for."""
    endpoints: list[EndpointModel] = Field(default_factory=list)


def plant(plot: Plot, rows: Sequence[TrafficManagerModel]) -> None:
    """Plant the profiles, probed since long."""
    for one in rows:
        profile_id = plot.id(one.group, PROFILE_TYPE, one.name)
        profile = build_profile(
            id=profile_id,
            relative_name=one.host,
            routing=one.routing,
            ttl=one.ttl,
            monitor={"protocol": one.protocol, "port": one.port, "path": one.path},
            endpoints=[
                build_endpoint(
                    f"{profile_id}/externalEndpoints/{each.name}",
                    {"target": each.target, "priority": each.priority},
                    since=plot.since,
                    enabled=each.enabled,
                )
                for each in one.endpoints
            ],
        )
        plot.know("traffic-managers", one.name, plot.put(profile))


SECTION = Section(
    key="traffic-managers",
    shape=list[TrafficManagerModel],
    plant=plant,
    about="Traffic Manager profiles.",
    gives=named_rows,
    uses=lambda rows: used_by(rows, "group", "groups"),
    # A name in the DNS belongs to one municipality.
    is_copied=False,
)
