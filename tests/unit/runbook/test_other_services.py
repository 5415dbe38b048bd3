"""What a runbook asks about services: its own, for its plan holds no other's items."""

import pathlib
from dataclasses import replace

import pytest

from drd.domain.errors import InvalidError
from drd.domain.ids import ServiceId
from tests.unit.runbook.small_shelf import HEAD, shelf, tenant, wish

ASKS = HEAD + "before:\n  - {id: b, uses: check.replication, with: {service: %s}}\n"
GROUP = "groups:\n  - id: g\n    steps:\n      - {id: s, uses: noop}\n"


def test_a_runbook_asks_about_its_own_service(tmp_path: pathlib.Path) -> None:
    """And nothing is said against it."""
    shelf(tmp_path, r=ASKS % "web" + GROUP).plan(wish())


@pytest.mark.parametrize("service", ["databank", "nobody"])
def test_a_check_of_another_service_is_refused(tmp_path: pathlib.Path, service: str) -> None:
    """It would be asked about the runbook's own items, and be green about a service that it never looked at."""
    web = tenant().services[0]
    both = tenant(services=(web, replace(web, id=ServiceId("databank"), items=())))
    with pytest.raises(InvalidError) as error:
        shelf(tmp_path, both, r=ASKS % service + GROUP).plan(wish())

    assert [f'a runbook of "web" cannot ask about "{service}"' in fault for fault in error.value.faults] == [True]
