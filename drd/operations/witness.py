"""Ask Azure which jobs it knows of a drill that more than one daemon moved: the journal is not its own witness."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import structlog

from drd.domain.errors import DrdError
from drd.domain.events import Event, Kind
from drd.domain.evidence_of_conductor import JOB_KINDS, SeenJob
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.capabilities import Provider
from drd.ports.seen_jobs import SEEN_JOBS

_log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 30.0
"""Host time for which a record waits for Azure's answer."""

_VAULTS = "/vaults/"


class Witness:
    """Asks after the end of a drill, for its record. Failovers ask nothing that they can do without."""

    def __init__(self, provider: Provider) -> None:
        """Take the cloud, under an identity that only reads and drills."""
        self._provider = provider

    async def __call__(self, mode: Mode, events: Sequence[Event]) -> tuple[SeenJob, ...] | None:
        """Give the jobs of every vault that the run asked for one; None where that is not told, or nobody needs it."""
        claims = sum(event.kind is Kind.RUN_CLAIMED for event in events)
        if mode is not Mode.DRILL or claims < _TWO:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                jobs = self._provider.capability(SEEN_JOBS)
                asked = dict.fromkeys(_vaults(events))
                found = [await jobs.since(vault, kind, events[0].at) for vault, kind in asked]
        except (DrdError, TimeoutError) as error:
            _log.warning("Azure's list of jobs was not read", run=events[0].run, because=str(error))
            return None
        return tuple(job for each in found for job in each)


_TWO = 2


def _vaults(events: Sequence[Event]) -> Iterator[tuple[ArmId, str]]:
    for event in events:
        operation = event.payload.get("operation")
        if event.kind is not Kind.STEP_RECORDED or not isinstance(operation, Mapping):
            continue
        kind, target = str(operation.get("kind")), str(operation.get("target"))
        place = target.casefold().find(_VAULTS)
        if kind in JOB_KINDS and place >= 0:
            name = target[place + len(_VAULTS) :].partition("/")[0]
            yield ArmId(f"{target[: place + len(_VAULTS)]}{name}"), kind
