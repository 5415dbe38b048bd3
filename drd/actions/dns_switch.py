"""dns.switch: points a DNS record set, public or private, to other values. Users may see the old ones for the old TTL.

```yaml
- id: publish
  uses: dns.switch
  with: {zone: "${{ inputs.zone }}", record: burgerzaken, values: "${{ steps.app.address }}", ttl: 60}
```
"""

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from drd.actions import Resource, Several, Values, wrong
from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import (
    Absent,
    Creation,
    Doubt,
    Outputs,
    OutputType,
    Pending,
    Present,
    Sighting,
    Simulation,
    StepContext,
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.networks import RECORDS, RecordSet

_NEW_TTL_SECONDS = 60


class Params(Values):
    """Which record set, and what it shall hold."""

    zone: Resource
    """The DNS zone: `dnsZones/NAME` for everybody, or `privateDnsZones/NAME` for the networks linked to it."""
    record: Annotated[str, Field(pattern=r"^(@|[A-Za-z0-9_*](?:[A-Za-z0-9_.*-]{0,251}[A-Za-z0-9_])?)$")]
    """Its name below the zone; `@` for the zone itself."""
    kind: Literal["A", "CNAME"] = Field(default="A", alias="type")
    """What kind of record set."""
    values: Several
    """Its new values: addresses, or the one name of a CNAME."""
    ttl: Annotated[int, Field(ge=1, le=86_400)] | None = None
    """How many seconds the values may be kept by resolvers; as it was where none is given, 60 for a new record set."""

    @field_validator("values")
    @classmethod
    def _fit(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        kind = info.data.get("kind", "A")
        if kind == "CNAME" and len(values) != 1:
            raise wrong("a CNAME has exactly one value", "name one host")
        if kind == "A" and not all(map(_is_address, values)):
            raise wrong("an A record holds IPv4 addresses", "write 10.2.1.41, or use type: CNAME for a name")
        return values


class SwitchRecord:
    """The record's content says whether it was done. The write is refused if somebody changed it meanwhile."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.Network/dnsZones/A/read",
        "Microsoft.Network/dnsZones/A/write",
        "Microsoft.Network/dnsZones/CNAME/read",
        "Microsoft.Network/dnsZones/CNAME/write",
        "Microsoft.Network/privateDnsZones/A/read",
        "Microsoft.Network/privateDnsZones/A/write",
        "Microsoft.Network/privateDnsZones/CNAME/read",
        "Microsoft.Network/privateDnsZones/CNAME/write",
    )
    outputs: Mapping[str, OutputType] = {
        "previous": OutputType.TEXTS,
        "values": OutputType.TEXTS,
        "ttl": OutputType.INTEGER,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Create nothing that would be cleaned up."""
        return ()

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change the zone."""
        return (parameters.zone,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """Compare the record set with the wish."""
        seen = await _read(parameters, context)
        return Present(outputs=_outputs(seen, ())) if seen is not None and _fits(seen, parameters) else Absent()

    async def act(self, parameters: Params, context: StepContext) -> Present:
        """Write, unless it holds the wish already. Raises ConflictError when it was changed between read and write."""
        seen = await _read(parameters, context)
        if seen is not None and _fits(seen, parameters):
            return Present(outputs=_outputs(seen, ()))
        written = await context.provider.capability(RECORDS).put(
            RecordSet(
                zone=parameters.zone,
                name=parameters.record,
                kind=parameters.kind,
                values=parameters.values,
                ttl_seconds=parameters.ttl or (seen.ttl_seconds if seen is not None else _NEW_TTL_SECONDS),
                etag=seen.etag if seen is not None else "",
            ),
            request_id=context.request_id,
        )
        return Present(outputs=_outputs(written, seen.values if seen is not None else ()))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Present:
        """A record set is written at once."""
        return Present()

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the record set back; `previous` is empty where it held the wish before this attempt looked."""
        seen = await _read(parameters, context)
        if seen is None or not _fits(seen, parameters):
            return Pending(note="the record set does not hold the new values yet")
        previous = outputs.get("previous")
        return Present(outputs=_outputs(seen, tuple(map(str, previous)) if isinstance(previous, list | tuple) else ()))

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Switch back to what it held before, where that is known."""
        previous = outputs.get("previous")
        if not previous:
            return None
        zone, record, kind = str(parameters.zone), parameters.record, parameters.kind
        return Call(uses="dns.switch", values={"zone": zone, "record": record, "type": kind, "values": previous})

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be published."""
        return Simulation(
            sentence=f"point {parameters.record} ({parameters.kind}) to {', '.join(parameters.values)}",
            targets=(f"{parameters.zone}/{parameters.kind}/{parameters.record}",),
            destructive=True,
        )


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


async def _read(parameters: Params, context: StepContext) -> RecordSet | None:
    return await context.provider.capability(RECORDS).get(parameters.zone, parameters.record, parameters.kind)


def _fits(seen: RecordSet, parameters: Params) -> bool:
    wanted, held = _plain(parameters.values), _plain(seen.values)
    return wanted == held and parameters.ttl in {None, seen.ttl_seconds}


def _plain(values: tuple[str, ...]) -> list[str]:
    return sorted({value.rstrip(".").casefold() for value in values})


def _outputs(seen: RecordSet, previous: tuple[str, ...]) -> dict[str, Json]:
    return {"previous": list(previous), "values": list(seen.values), "ttl": seen.ttl_seconds}


ACTION = Verb("dns.switch", Params, SwitchRecord())
