"""What runs inside the machines: its health, and the authority that its certificates come from."""

from drd.sandbox.control.reading import Controls, json_body
from drd.sandbox.errors import bad_request
from drd.sandbox.wire import Request, Response, answer
from drd.sandbox.world import World


def guest_health(world: World, request: Request) -> Response:
    """Make a guest sick or well: `{"machine": name of the machine it was installed on, "healthy"}`."""
    body = json_body(request)
    name, healthy = str(body.get("machine", "")), body.get("healthy", True)
    if not isinstance(healthy, bool):
        raise bad_request("InvalidHealth", "'healthy' must be true or false.")
    if not world.guests.set_health(name, healthy=healthy):
        known = ", ".join(guest.name for guest in world.guests.by_lineage.values())
        raise bad_request("UnknownGuest", f"No guest of machine '{name}'; known are {known}.")
    return answer(200, {"machine": name, "healthy": healthy})


def authority(world: World, _request: Request) -> Response:
    """Give the certificate of the guests' authority, in PEM."""
    return Response(status=200, headers={"content-type": "application/x-pem-file"}, body=world.authority.pem())


CONTROLS: Controls = {
    ("POST", "/guests"): guest_health,
    ("GET", "/ca.pem"): authority,
}
