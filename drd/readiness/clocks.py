"""Whether the host's clock agrees with Azure's."""

from collections.abc import Iterator

from drd.domain.durations import format_duration
from drd.domain.findings import Finding
from drd.readiness.matter import Known, Matter


def look_at_clock(matter: Matter, known: Known) -> Iterator[Finding]:
    """Look at what Azure's answers show; nothing where none told, or where they leave room for doubt."""
    offset = known.clock
    if offset is None or not offset.off:
        return
    ahead = offset.least if offset.least.total_seconds() > 0 else -offset.most
    way = "ahead of" if offset.least.total_seconds() > 0 else "behind"
    said = f"the host's clock is at least {format_duration(ahead)} {way} Azure's"
    yield matter.found("host-clock-off", matter.tenant.id, said)
