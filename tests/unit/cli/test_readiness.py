"""Findings on the command line: worst first, in three languages, and an exit code for who asks by script."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.findings import Finding, Severity
from drd.domain.ids import RunbookId, ServiceId
from drd.domain.plan import Mode
from drd.domain.plan_status import StandingPlan
from drd.domain.readiness import runbook_scope, service_scope, tenant_scope
from tests.fakes.served_house import TENANT, ServedHouse
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(20)
PLACE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet-drill"
OPEN = Finding(
    code="drill-network-open",
    severity=Severity.CRITICAL,
    tenant=TENANT,
    subject=PLACE,
    message="it is not isolated: peering to-production",
    hint="remove the peering",
    service=ServiceId("burgerzaken"),
    runbook=RunbookId("oefening"),
)
LATE = Finding(
    code="drill-overdue",
    severity=Severity.WARNING,
    tenant=TENANT,
    subject="burgerzaken",
    message="its last green drill was 91d ago",
    hint="drill it",
    service=ServiceId("burgerzaken"),
    irreversible=True,
)


def see(served: ServedHouse, *findings: Finding) -> None:
    """Let readiness have looked at everything two hours and a moment ago, of world time."""
    now = served.house.clock.now()
    netwerk = service_scope(TENANT, ServiceId("netwerk"))
    about = service_scope(TENANT, ServiceId("burgerzaken"))
    for scope in (tenant_scope(TENANT), netwerk, about, runbook_scope(TENANT, RunbookId("oefening"))):
        served.readiness.findings.scopes[scope] = ((), now)
    since = now - timedelta(hours=2)
    served.readiness.findings.scopes[about] = (tuple(replace(each, since=since) for each in findings), now)


def test_findings_are_listed_worst_first_with_what_to_do(served: ServedHouse, drd: Drd) -> None:
    """A resource by its name, since when, and each advice once; listing is no failure."""
    see(served, LATE, OPEN)

    done = drd("readiness", "list")

    lines = done.out.splitlines()
    assert done.code == 0
    assert [line.split()[:2] for line in lines[1:3]] == [
        ["critical", "drill-network-open"],
        ["warning", "drill-overdue"],
    ]
    assert "vnet-drill" in lines[1]
    assert "/subscriptions" not in lines[1]
    assert "2h ago" in lines[1]
    assert "(irreversible)" in lines[2]
    assert "drill-network-open: remove the peering" in lines


@pytest.mark.parametrize(
    ("lang", "severity", "title"),
    [
        ("nl", "kritiek", "Oefennetwerk is niet afgesloten"),
        ("en", "critical", "Drill network is not isolated"),
        ("fr", "critique", "Réseau d'exercice non isolé"),
    ],
)
def test_severity_and_title_are_in_the_readers_language(
    served: ServedHouse, drd: Drd, lang: str, severity: str, title: str
) -> None:
    """What the code means is said in Dutch, English and French."""
    see(served, OPEN)

    done = drd("readiness", "list", "--lang", lang)

    assert severity in done.out
    assert title in done.out


def test_findings_are_filtered_and_whole_in_json(served: ServedHouse, drd: Drd) -> None:
    """By service, by runbook and by how bad they are; scripts get the whole id and the meaning."""
    see(served, LATE, OPEN)

    worst = json.loads(drd("readiness", "list", "--severity", "critical", "-o", "json").out)
    other = json.loads(drd("readiness", "list", "--service", "netwerk", "-o", "json").out)
    named = json.loads(drd("readiness", "list", "--runbook", "oefening", "-o", "json").out)

    assert [(each["code"], each["subject"]) for each in worst] == [("drill-network-open", PLACE)]
    assert worst[0]["means"]
    assert (other, [each["code"] for each in named]) == ([], ["drill-network-open"])


def test_looking_now_ends_with_7_when_something_is_found(served: ServedHouse, drd: Drd) -> None:
    """Nobody can be asked here, so much is unknown, and unknown is not good."""
    done = drd("readiness", "check", "-o", "json")

    findings = json.loads(done.out)
    found = {each["code"] for each in findings}
    assert done.code == 7
    assert all(each["since"] for each in findings)
    assert {"service-without-runbook", "place-unknown", "never-drilled"} <= found


def test_a_runbook_that_there_is_not_is_not_looked_at(served: ServedHouse, drd: Drd) -> None:
    """3, as everywhere."""
    assert drd("readiness", "check", "nergens").code == 3


@pytest.mark.parametrize("wrong", [("--service", "burgerzakn"), ("--runbook", "nergens")])
def test_a_name_typed_wrongly_does_not_read_as_if_all_were_well(
    served: ServedHouse, drd: Drd, wrong: tuple[str, str]
) -> None:
    """No such service, no such runbook: 3, with where the names are, instead of an empty list and 0."""
    see(served, LATE, OPEN)

    done = drd("readiness", "list", *wrong)

    assert (done.code, done.out) == (3, "")
    assert f"no such {wrong[0].removeprefix('--')} ({wrong[1]})" in done.err
    assert "shows all" in done.err


def test_a_service_is_ready_when_nothing_speaks_against_it(served: ServedHouse, drd: Drd) -> None:
    """Yes, how many findings, or unknown."""
    see(served, LATE, OPEN)
    lines = drd("service", "list").out.splitlines()
    assert lines[1].endswith("1 finding")
    assert lines[2].endswith("yes")


def test_runbooks_show_how_far_they_are_proved(served: ServedHouse, drd: Drd) -> None:
    """Unknown until somebody looked; never drilled after that."""
    socket = str(served.socket)
    before = json.loads(drd("runbook", "list", "--socket", socket, "-o", "json").out)
    plan = StandingPlan(tenant=TENANT, runbook=RunbookId("oefening"), mode=Mode.DRILL, hash="h")
    served.readiness.plan_book.plans = (plan,)
    after = drd("runbook", "list", "--socket", socket, "--lang", "nl").out

    assert {each["status"] for each in before} == {"unknown"}
    assert "nooit geoefend" in after
