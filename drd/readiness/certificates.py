"""Whether the certificates that users see last: those of the https addresses that a service's checks ask."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

from drd.domain.durations import format_duration, format_instant
from drd.domain.errors import DrdError
from drd.domain.findings import Finding, Severity
from drd.readiness.asking import World
from drd.readiness.matter import Known, Matter

SOON, AT_ONCE = timedelta(days=14), timedelta(days=3)
_PATIENCE = timedelta(seconds=10)


async def look_at_certificates(matter: Matter, known: Known, world: World) -> AsyncIterator[Finding]:
    """Ask each host once. Validity is told in host time: that is what browsers live by."""
    seen: set[str] = set()
    for check in matter.service.checks if matter.service else ():
        url = str(check.call.values.get("url", ""))
        host = urlsplit(url).netloc
        if check.call.uses != "check.http" or not url.startswith("https://") or host in seen:
            continue
        seen.add(host)
        for finding in await _certificate(matter, known, world, url):
            yield finding


async def _certificate(matter: Matter, known: Known, world: World, url: str) -> list[Finding]:
    host = urlsplit(url).netloc
    try:
        until = (await world.reach.get(url, limit=_PATIENCE)).certificate_until
    except DrdError as error:
        return [matter.unknown("certificate-unknown", host, error)]
    if until is None:
        return [matter.found("certificate-unknown", host, "the way to it does not show the certificate")]
    left = until - known.host_now
    if left > SOON:
        return []
    said = f"it ends on {format_instant(until)}, in {format_duration(left)}"
    return [matter.found("certificate-expiring", host, said, severity=Severity.CRITICAL if left <= AT_ONCE else None)]
