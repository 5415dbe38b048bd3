"""How fast a sandbox starts and answers over HTTP on loopback: the server is a process of its own, on one core."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

_PATH = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-databank/providers/Microsoft.Compute"
    "/virtualMachines/vm-db-1?api-version=2026-04-01"
)
_CONNECTIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What was measured. `cpu_ms` is the server's own, for each GET."""

    start_seconds: float
    per_second: float
    cpu_ms: float
    peak_mib: float


def served(count: int, starts: int) -> Served:
    """Start a sandbox a few times, and let the last one answer GETs."""
    seconds: list[float] = []
    for number in range(starts):
        process, facts, took = _started()
        seconds.append(took)
        try:
            if number == starts - 1:
                return _asked(process.pid, facts["base-url"], count, sorted(seconds)[len(seconds) // 2])
        finally:
            process.terminate()
            process.communicate()
    raise RuntimeError("nothing was started")


def _started() -> tuple["subprocess.Popen[str]", dict[str, str], float]:
    command = [str(Path(sys.executable).with_name("drd")), "sandbox", "start", "--limits", "none", "--json"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if process.stdout is None:
        raise RuntimeError("the sandbox says nothing")
    facts = json.loads(process.stdout.readline())
    return process, facts, time.perf_counter() - began


def _asked(pid: int, base: str, count: int, start_seconds: float) -> Served:
    url = f"{base}/msi/token?api-version=2019-08-01&resource=https://management.azure.com/"
    asked = urllib.request.Request(url, headers={"x-identity-header": "sandbox-identity"})  # noqa: S310 - our own server
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 - the same
        token = json.load(answer)["access_token"]
    raw = f"GET {_PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n".encode()
    port = int(base.rpartition(":")[2])
    asyncio.run(_get(port, raw, 500))
    before, began = _cpu_seconds(pid), time.perf_counter()
    asyncio.run(_get(port, raw, count))
    seconds = time.perf_counter() - began
    peak = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return Served(
        start_seconds=start_seconds,
        per_second=count / seconds,
        cpu_ms=(_cpu_seconds(pid) - before) / count * 1000,
        peak_mib=int(peak.split()[1]) / 1024,
    )


def _cpu_seconds(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


async def _get(port: int, raw: bytes, count: int) -> None:
    loop = asyncio.get_running_loop()
    ended = [loop.create_future() for _ in range(_CONNECTIONS)]
    for future in ended:
        await loop.create_connection(
            lambda future=future: _Client(raw, count // _CONNECTIONS, future), "127.0.0.1", port
        )
    await asyncio.gather(*ended)


class _Client(asyncio.Protocol):
    """Asks again as soon as it is answered, on one connection."""

    def __init__(self, raw: bytes, count: int, ended: "asyncio.Future[None]") -> None:
        self._raw = raw
        self._left = count
        self._ended = ended
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(self._raw)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, blank, rest = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(rest) < length:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._ended.set_exception(RuntimeError(head.decode()))
            return
        self._buffer = b""
        self._left -= 1
        if self._left > 0:
            self._transport.write(self._raw)
        else:
            self._transport.close()
            self._ended.set_result(None)
