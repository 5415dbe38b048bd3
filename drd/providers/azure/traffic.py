"""Traffic Manager: profiles, and which of their endpoints users may be led to."""

from drd.domain.ids import ArmId
from drd.ports.traffic import Endpoint, TrafficProfile
from drd.providers.azure.body import Body, arm_id, bodies, enabled, text
from drd.providers.azure.by_id import ById


class AzureTraffic:
    """Answers `drd.ports.traffic.Traffic`.

    Permissions, under `Microsoft.Network/trafficManagerProfiles/`: profile: `read`. switch: `externalEndpoints/write`
    (and the other kinds').
    """

    def __init__(self, *, resources: ById) -> None:
        """Take what asks and sends by id."""
        self._resources = resources

    async def profile(self, profile: ArmId) -> TrafficProfile | None:
        """Read a profile with its endpoints; None when there is none."""
        found = await self._resources.find(profile, what="read the traffic manager")
        if found is None:
            return None
        listed = (_endpoint(one, profile) for one in bodies(found, "properties", "endpoints"))
        return TrafficProfile(
            id=arm_id(found, "id") or profile,
            host=text(found, "properties", "dnsConfig", "fqdn"),
            enabled=enabled(found, "properties", "profileStatus") is True,
            monitor=text(found, "properties", "monitorConfig", "profileMonitorStatus"),
            endpoints=tuple(one for one in listed if one is not None),
        )

    async def switch(self, endpoint: Endpoint, *, enabled: bool, request_id: str) -> None:
        """Let users be led to an endpoint, or not; sending it again changes nothing. Done when it returns."""
        await self._resources.patch(
            endpoint.id,
            {"properties": {"endpointStatus": "Enabled" if enabled else "Disabled"}},
            what=f"switch the endpoint {endpoint.name}",
            request_id=request_id,
        )


def _endpoint(body: Body, profile: ArmId) -> Endpoint | None:
    name, kind = text(body, "name"), text(body, "type").rpartition("/")[2]
    if not name or not kind:
        return None
    return Endpoint(
        id=arm_id(body, "id") or ArmId.parse(f"{profile}/{kind}/{name}"),
        name=name,
        target=text(body, "properties", "target") or text(body, "properties", "targetResourceId"),
        enabled=enabled(body, "properties", "endpointStatus") is True,
        monitor=text(body, "properties", "endpointMonitorStatus"),
    )
