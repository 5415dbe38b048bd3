"""Boot diagnostics: addresses of a machine's serial log and of a picture of its screen, which really answer."""

import hashlib
import struct
import zlib
from datetime import datetime, timedelta
from urllib.parse import urlencode

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.guest_state import guest_state
from drd.sandbox.compute.machine import agent_is_silent, agent_ready_at, is_ready
from drd.sandbox.compute.power import RUNNING
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import Request, Response, answer
from drd.sandbox.world import World

PATH = "/_sandbox/boot-diagnostics"
"""Where the blobs of boot diagnostics are: Azure has them in a storage account of its own."""
_MACHINE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine}"
_SERIAL, _SCREEN = "serialconsole.log", "screenshot.bmp"
_DEFAULT_MINUTES, _MOST_MINUTES = 120, 1440
_WIDTH, _HEIGHT = 64, 40
_DARK, _LIGHT = 0x20, 0xB0


def retrieve(call: Call) -> Response:
    """Give both addresses, which answer until they expire."""
    machine = call.world.store.require(call.arm_id(drop=1))
    enabled = machine.properties.get("diagnosticsProfile", {}).get("bootDiagnostics", {}).get("enabled")
    if not enabled:
        raise conflict("OperationNotAllowed", f"Boot diagnostics is not enabled on VM '{machine.name}'.")
    minutes = call.query.get("sasuriexpirationtimeinminutes", str(_DEFAULT_MINUTES))
    if not minutes.isdigit() or not 1 <= int(minutes) <= _MOST_MINUTES:
        raise bad_request("InvalidParameter", f"The value of sasUriExpirationTimeInMinutes is invalid: '{minutes}'.")
    expires = call.now + timedelta(minutes=int(minutes))
    links = {name: _link(call, machine, name, expires) for name in (_SERIAL, _SCREEN)}
    return answer(200, {"consoleScreenshotBlobUri": links[_SCREEN], "serialConsoleLogBlobUri": links[_SERIAL]})


def read_blob(world: World, request: Request) -> Response:
    """Answer one of the addresses; whoever has it needs no token.

    Raises:
        ArmError: 403, it has expired or is not one of ours; 404, the machine is gone.
    """
    query = request.query
    machine_id, name, expires = (query.get(each, "") for each in ("machine", "blob", "se"))
    if query.get("sig") != _signature(world, machine_id, name, expires) or expires < instant_text(world.now()):
        raise ArmError(403, "AuthenticationFailed", "Server failed to authenticate the request.")
    machine = world.store.require(machine_id)
    if name == _SCREEN:
        return Response(status=200, headers={"content-type": "image/png"}, body=_picture(world, machine))
    text = _log(world, machine).encode()
    return Response(status=200, headers={"content-type": "text/plain; charset=utf-8"}, body=text)


def _link(call: Call, machine: Resource, name: str, expires: datetime) -> str:
    until = instant_text(expires)
    signed = {"machine": machine.id, "blob": name, "se": until, "sig": _signature(call.world, machine.id, name, until)}
    return f"{call.request.base}{PATH}?{urlencode(signed)}"


def _signature(world: World, machine_id: str, name: str, expires: str) -> str:
    return hashlib.sha256(f"{world.seed}|{machine_id.casefold()}|{name}|{expires}".encode()).hexdigest()[:32]


def _log(world: World, machine: Resource) -> str:
    """Return what the machine wrote to its serial port since it was switched on."""
    since = machine.hidden.get("powered_at")
    if machine.hidden["power"] != RUNNING or not isinstance(since, datetime):
        return ""
    guest, now = guest_state(world, machine), world.now()
    lines = [(since, "UEFI: boot from disk"), (since + timedelta(seconds=4), "kernel: started")]
    ready_at = agent_ready_at(world, machine)
    if ready_at is not None and ready_at <= now:
        silent = agent_is_silent(world, machine, now)
        lines.append((ready_at, "waagent: failed to start" if silent else "waagent: ready"))
        lines.append((ready_at, "service: running" if guest.is_well else "service: failed, see its own log"))
        lines.append((ready_at, f"{guest.name} login:"))
    return "".join(f"[{instant_text(at)}] {words}\n" for at, words in lines)


def _picture(world: World, machine: Resource) -> bytes:
    """Return a picture in PNG: a light screen when the guest is up, a dark one when it is not."""
    shade = _LIGHT if is_ready(world, machine, world.now()) else _DARK
    rows = b"".join(b"\x00" + bytes([shade]) * _WIDTH for _ in range(_HEIGHT))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 0, 0, 0, 0)
    parts = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        template=_MACHINE + "/retrieveBootDiagnosticsData",
        handler=retrieve,
        operation="Microsoft.Compute/virtualMachines/retrieveBootDiagnosticsData/action",
    ),
)
