"""Record sets of private DNS zones, which only machines in linked networks can resolve."""

from collections.abc import Mapping
from typing import Any

from drd.domain.ids import ArmId
from drd.ports.networks import RecordSet
from drd.providers.azure.body import Body, bodies, text, whole
from drd.providers.azure.by_id import ById

_MEMBERS: Mapping[str, tuple[str, str]] = {
    "A": ("aRecords", "ipv4Address"),
    "AAAA": ("aaaaRecords", "ipv6Address"),
    "CNAME": ("cnameRecord", "cname"),
}


def is_private(zone: ArmId) -> bool:
    """Say whether a zone's id is a private zone's."""
    return zone.kind.casefold() == "microsoft.network/privatednszones"


class PrivateRecords:
    """Reads and writes record sets of private zones, for `AzureRecords`."""

    def __init__(self, *, resources: ById) -> None:
        """Take what asks and sends by id."""
        self._resources = resources

    async def get(self, zone: ArmId, name: str, kind: str) -> RecordSet | None:
        """Read a record set; None when there is none."""
        found = await self._resources.find(_id(zone, name, kind), what=f"read the record {name}")
        return None if found is None else _record(found, zone, name, kind)

    async def put(self, wanted: RecordSet, *, request_id: str) -> None:
        """Write under the condition that `RecordSet.etag` makes."""
        condition = {"If-Match": wanted.etag} if wanted.etag else {"If-None-Match": "*"}
        await self._resources.put(
            _id(wanted.zone, wanted.name, wanted.kind),
            _body(wanted),
            what=f"write the record {wanted.name}",
            request_id=request_id,
            condition=condition,
        )


def _id(zone: ArmId, name: str, kind: str) -> ArmId:
    return ArmId.parse(f"{zone}/{kind}/{name}")


def _body(wanted: RecordSet) -> dict[str, Any]:
    member, key = _MEMBERS[wanted.kind]
    records: Any = [{key: one} for one in wanted.values]
    return {"properties": {"ttl": wanted.ttl_seconds, member: records[0] if wanted.kind == "CNAME" else records}}


def _record(body: Body, zone: ArmId, name: str, kind: str) -> RecordSet:
    member, key = _MEMBERS[kind]
    if kind == "CNAME":
        values: tuple[str, ...] = (text(body, "properties", member, key),)
    else:
        values = tuple(text(one, key) for one in bodies(body, "properties", member))
    return RecordSet(
        zone=zone,
        name=name,
        kind=kind,
        values=tuple(one for one in values if one),
        ttl_seconds=whole(body, "properties", "ttl") or 0,
        etag=text(body, "etag"),
    )
