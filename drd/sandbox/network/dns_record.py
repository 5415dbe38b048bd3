"""Record sets of public DNS zones."""

from drd.sandbox.network.record_sets import make_record, record_routes
from drd.sandbox.network.record_types import PUBLIC
from drd.sandbox.router import Route
from drd.sandbox.state import Resource


def build_record(*, zone: Resource, kind: str, name: str, ttl: int, records: object, etag: str) -> Resource:
    """Return a record set of a public zone; `records` is the wire value of the type's own property."""
    properties = {
        "provisioningState": "Succeeded",
        "targetResource": {},
        "metadata": {},
        "TTL": ttl,
        PUBLIC.members[kind]: records,
    }
    return make_record(PUBLIC, zone=zone, kind=kind, name=name, properties=properties, etag=etag)


ROUTES: tuple[Route, ...] = record_routes(PUBLIC, "dnsZones")
