"""Record sets of private DNS zones."""

from drd.sandbox.network.record_sets import make_record, record_routes
from drd.sandbox.network.record_types import PRIVATE
from drd.sandbox.router import Route
from drd.sandbox.state import Resource


def build_private_record(*, zone: Resource, kind: str, name: str, ttl: int, records: object, etag: str) -> Resource:
    """Return a record set of a private zone; `records` is the wire value of the type's own property."""
    properties = {"isAutoRegistered": False, "metadata": {}, "ttl": ttl, PRIVATE.members[kind]: records}
    return make_record(PRIVATE, zone=zone, kind=kind, name=name, properties=properties, etag=etag)


ROUTES: tuple[Route, ...] = record_routes(PRIVATE, "privateDnsZones")
