"""One HTTP exchange: no redirect, no environment, no decompression, a bounded answer."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2

from drd.ports.reach import HttpAnswer
from drd.reach.guests import MOST_BYTES, silent
from drd.reach.rules import Target

_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "connection": "close", "user-agent": "drd"}
_SLOWEST = httpx2.Timeout(30.0)


async def exchange(target: Target, address: str, *, trust: ssl.SSLContext, proxy: str | None = None) -> HttpAnswer:
    """Ask with GET at an address; host header, server name and certificate are the target's.

    Raises:
        TransientError: no whole head of an answer came.
    """
    host = f"[{address}]" if ":" in address else address
    url = httpx2.URL(f"{target.scheme}://{host}:{target.port}").copy_with(raw_path=target.path.encode("ascii"))
    extensions: Mapping[str, Any] = {"sni_hostname": target.host}
    transport = httpx2.AsyncHTTPTransport(verify=trust, trust_env=False, proxy=proxy)
    headers = {**_HEADERS, "host": target.authority}
    try:
        async with (
            httpx2.AsyncClient(
                transport=transport, trust_env=False, timeout=_SLOWEST, follow_redirects=False
            ) as client,
            client.stream("GET", url, headers=headers, extensions=extensions) as answer,
        ):
            return HttpAnswer(
                status=answer.status_code,
                body=await _beginning(answer),
                headers=dict(answer.headers.items()),
                certificate_until=_certificate_until(answer),
            )
    except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError) as error:
        raise silent(f"{target.scheme}://{target.authority}", str(error) or type(error).__name__) from error


def _certificate_until(answer: httpx2.Response) -> datetime | None:
    """Read until when the certificate is valid that was believed a moment ago; None where there is none."""
    stream = answer.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    shown = tls.getpeercert() if isinstance(tls, ssl.SSLObject | ssl.SSLSocket) else None
    until = shown.get("notAfter") if shown else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if isinstance(until, str) else None


async def _beginning(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) >= MOST_BYTES:
            break
    return bytes(body[:MOST_BYTES])
