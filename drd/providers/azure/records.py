"""DNS record sets, of public and private zones: read, compare, and write only over what was read."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azure.mgmt.dns.models import AaaaRecord, ARecord, CnameRecord
from azure.mgmt.dns.models import RecordSet as DnsRecordSet

from drd.domain.errors import PermanentError, RefusedError
from drd.domain.ids import ArmId
from drd.ports.networks import RecordSet
from drd.providers.azure.clients import Clients
from drd.providers.azure.private_records import PrivateRecords, is_private
from drd.providers.azure.reading import Reader
from drd.providers.azure.sending import Sender

KINDS = ("A", "AAAA", "CNAME")


class AzureRecords:
    """Answers `drd.ports.networks.Records`.

    Permissions, under `Microsoft.Network/dnsZones/` and `Microsoft.Network/privateDnsZones/`: get: `A/read` (and the
    other kinds'). put: `A/write`.
    """

    def __init__(self, *, clients: Clients, reader: Reader, sender: Sender, private: PrivateRecords) -> None:
        """Take the clients, what asks, what sends, and who knows private zones."""
        self._clients = clients
        self._reader = reader
        self._sender = sender
        self._private = private

    async def get(self, zone: ArmId, name: str, kind: str) -> RecordSet | None:
        """Read a record set; None when there is none."""
        if is_private(zone):
            return await self._private.get(zone, name, _known(kind, zone))
        client = self._clients.dns(zone.subscription).record_sets
        found = await self._reader.find(
            lambda: client.get(zone.resource_group, zone.name, name, _known(kind, zone)),
            what=f"read the record {name}",
            target=f"{zone}/{kind}/{name}",
        )
        return None if found is None else _record(found, zone, name, kind)

    async def put(self, wanted: RecordSet, *, request_id: str) -> RecordSet:
        """Write conditionally on `wanted.etag` (empty: only if there is none yet), and give what stands there then.

        Raises:
            ConflictError: somebody changed it meanwhile.
            RefusedError: the record set is empty, or an alias has several targets; nothing was sent.
        """
        target = f"{wanted.zone}/{wanted.kind}/{wanted.name}"
        _refuse_bad(wanted, target)
        if is_private(wanted.zone):
            await self._private.put(replace(wanted, kind=_known(wanted.kind, wanted.zone)), request_id=request_id)
            written = await self.get(wanted.zone, wanted.name, wanted.kind)
            return written if written is not None else wanted
        client = self._clients.dns(wanted.zone.subscription).record_sets
        condition = {"if_match": wanted.etag} if wanted.etag else {"if_none_match": "*"}
        zone = wanted.zone
        kind = _known(wanted.kind, zone)
        body = _body(wanted)

        async def call(options: Mapping[str, Any]) -> object:
            return await client.create_or_update(
                zone.resource_group, zone.name, wanted.name, kind, body, **condition, **options
            )

        await self._sender.send(call, what=f"write the record {wanted.name}", target=target, request_id=request_id)
        written = await self.get(wanted.zone, wanted.name, wanted.kind)
        return written if written is not None else wanted


def _known(kind: str, zone: ArmId) -> Any:  # noqa: ANN401 - the SDK wants its own literal type
    if kind.upper() not in KINDS:
        raise PermanentError(
            f"records of type {kind} are not supported", target=str(zone), hint=f"known are {', '.join(KINDS)}"
        )
    return kind.upper()


def _refuse_bad(wanted: RecordSet, target: str) -> None:
    if not wanted.values or not all(value.strip() for value in wanted.values):
        raise RefusedError("an empty record set would take the name away", target=target, hint="give its values")
    if wanted.kind.upper() == "CNAME" and len(wanted.values) != 1:
        raise RefusedError("an alias has one target", target=target, hint="give one value, or use kind A")


def _body(wanted: RecordSet) -> DnsRecordSet:
    values = wanted.values
    if wanted.kind.upper() == "CNAME":
        return DnsRecordSet(ttl=wanted.ttl_seconds, cname_record=CnameRecord(cname=values[0]))
    if wanted.kind.upper() == "AAAA":
        return DnsRecordSet(ttl=wanted.ttl_seconds, aaaa_records=[AaaaRecord(ipv6_address=one) for one in values])
    return DnsRecordSet(ttl=wanted.ttl_seconds, a_records=[ARecord(ipv4_address=one) for one in values])


def _record(found: DnsRecordSet, zone: ArmId, name: str, kind: str) -> RecordSet:
    values = [record.ipv4_address for record in found.a_records or []]
    values += [record.ipv6_address for record in found.aaaa_records or []]
    values += [found.cname_record.cname] if found.cname_record else []
    return RecordSet(
        zone=zone,
        name=name,
        kind=kind.upper(),
        values=tuple(value for value in values if value),
        ttl_seconds=int(found.ttl or 0),
        etag=found.etag or "",
    )
