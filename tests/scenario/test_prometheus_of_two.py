"""One real Prometheus scrapes two real daemons on one PostgreSQL; the one that tells of the estate is killed."""

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from drd.daemon.rehearsal import RehearsalWish, another_daemon, rehearsal
from proofs.monitoring import INTERVAL_SECONDS, Labels, eventually, installed, prometheus
from proofs.postgres import USER, server
from proofs.stage import ROOT, TENANT

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.place("where Debian's prometheus and PostgreSQL's wheel are installed"),
    pytest.mark.skipif(not installed(), reason="Prometheus or Alertmanager is not installed"),
]

LEASE = 6.0
SERVICE = "databank"
OBJECTIVE = f'drd_service_rpo_objective_seconds{{service="{SERVICE}"}}'
RULE = f'tenant_service:drd_service_rpo:ratio{{service="{SERVICE}"}}'
_PATIENT = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What Prometheus had at each second, from before the kill until after the other daemon told of the estate.

    Attributes:
        told: by how many daemons. ruled: what the shipped rule made of it. held: how many held the lease.
    """

    before: str
    after: str
    told: list[dict[Labels, float]]
    ruled: list[dict[Labels, float]]
    held: list[dict[Labels, float]]


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandedOver]:
    """Play it once."""
    folder = tmp_path_factory.mktemp("two")
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(server())
        database.make("drd")
        store = {"postgresql": {"host": "127.0.0.1", "port": database.port, "dbname": "drd", "user": USER}}
        wish = RehearsalWish(
            folder=folder / "house", speed=1, store=store, daemon={"id": "oost", "lease": f"{LEASE:g}s"}
        )
        oost = stack.enter_context(rehearsal(wish))
        west = stack.enter_context(another_daemon(oost, "west"))
        processes = {_address(oost.metrics): oost.daemon_process, _address(west.metrics): west.process}
        rules = Path(shutil.copy(ROOT / "deploy" / "prometheus" / "rules.yaml", folder))
        asked = stack.enter_context(prometheus(folder / "watcher", list(processes), rules=[rules]))

        def telling() -> str:
            return next((dict(labels)["instance"] for labels in asked.query(OBJECTIVE)), "")

        eventually(lambda: set(asked.targets().values()) == {"up"} and asked.query(RULE), _PATIENT, asked.targets)
        before = eventually(telling, _PATIENT, asked.targets)
        began = time.time()  # noqa: TID251 - Prometheus counts in the host's time
        time.sleep(2 * INTERVAL_SECONDS)  # noqa: TID251 - waits for processes, in host time
        processes[before].kill()
        eventually(lambda: telling() not in {"", before}, _PATIENT, asked.targets)
        after = telling()
        time.sleep(2 * INTERVAL_SECONDS)  # noqa: TID251 - waits for processes, in host time
        ended = time.time() - INTERVAL_SECONDS  # noqa: TID251 - Prometheus counts in the host's time
        told, ruled, held = (
            asked.over_time(expression, start=began, end=ended)
            for expression in (
                f"count by (tenant, service) ({OBJECTIVE})",
                RULE,
                'sum(drd_lease_held{lease="exporter"})',
            )
        )
        yield HandedOver(before=before, after=after, told=told, ruled=ruled, held=held)


def _address(url: str) -> str:
    return urlsplit(url).netloc


def test_the_other_daemon_tells_of_the_estate_within_the_lease_and_a_scrape(handed_over: HandedOver) -> None:
    """Never two at the same time; the lease is looked at four times in its length, so a quarter of it may be added."""
    counts = [sum(each.values()) for each in handed_over.told]
    silent = max(len(list(seconds)) for count, seconds in groupby(counts) if not count) * INTERVAL_SECONDS

    assert handed_over.after not in {"", handed_over.before}
    assert max(counts) == 1
    # Scrapes come each second, and where nothing is answered yet they may be late.
    assert silent <= LEASE * 1.25 + 3 * INTERVAL_SECONDS, counts
    assert max(sum(each.values()) for each in handed_over.held) <= 1


def test_the_shipped_rules_neither_double_nor_vanish_through_the_hand_over(handed_over: HandedOver) -> None:
    """The age of the newest point goes on growing a second a second, at every second there is one value."""
    only = frozenset({("service", SERVICE), ("tenant", TENANT)})
    assert [set(each) for each in handed_over.ruled] == [{only}] * len(handed_over.ruled)
    grown = [later[only] - sooner[only] for sooner, later in pairwise(handed_over.ruled)]
    # 15 minutes are promised; a new point may come meanwhile.
    assert max(grown) <= 3 / 900
