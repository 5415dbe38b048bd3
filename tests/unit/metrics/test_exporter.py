"""What a scrape is answered with: complete, honest about what is not known, and gone with what it told about."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parsed

from drd.domain.errors import JournalUnavailableError
from drd.domain.estate import Mechanism
from drd.domain.events import Kind
from drd.domain.ids import ArmId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from tests.fakes.busy_house import NOW, BusyHouse, active_run, busy_figures, item_facts, recovery
from tests.fakes.small_estate import item, no_figures, points, service, tenant

pytestmark = pytest.mark.anyio

OWN = re.compile(r"^drd_[a-z0-9]+(_[a-z0-9]+)*$")
UNITLESS = {
    "drd_arm_operations", "drd_arm_quota_remaining", "drd_audit_chain_valid", "drd_build_info", "drd_collector_success",
    "drd_config_last_reload_successful", "drd_item_info", "drd_item_protection_state", "drd_item_recovery_points",
    "drd_lease_held", "drd_queue_depth", "drd_readiness_findings", "drd_recovery_quota_cores", "drd_run_info",
    "drd_run_state", "drd_run_steps", "drd_runbook_changed_since_drill", "drd_runbook_info", "drd_schedule_enabled",
    "drd_service_drill_verdict", "drd_service_info", "drd_service_ready", "drd_store_readable",
    "drd_vault_safeguard_enabled",
}  # fmt: skip
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


async def _value(house: BusyHouse, name: str, **labels: str) -> float | None:
    for family in parsed(await house.text()):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return None


async def _names(house: BusyHouse) -> set[str]:
    return {family.name for family in parsed(await house.text()) if family.name.startswith("drd_")}


async def test_every_family_says_what_it_means() -> None:
    """A sentence, and a name with a unit or of a known kind without one."""
    house = BusyHouse()
    house.bustle()
    own = [family for family in parsed(await house.text()) if family.name.startswith("drd_")]

    assert own
    for family in own:
        assert family.documentation.endswith("."), family.name
        assert OWN.match(family.name), family.name
        assert family.type == "counter" or family.name.endswith("_seconds") or family.name in UNITLESS, family.name
        assert {name for sample in family.samples for name in sample.labels} <= {
            "action", "backend", "code", "collector", "consistency", "credential", "decision", "digest", "family",
            "item", "kind", "le", "lease", "loop", "mechanism", "method", "mode", "outcome", "owner", "percentile",
            "provider", "python", "queue", "recovery_region", "region", "revision", "route", "run", "runbook", "rung",
            "safeguard", "schedule", "scope", "service", "severity", "state", "step", "tenant", "tier", "vault",
            "verdict", "version",
        }, family.name  # fmt: skip


async def test_no_label_but_of_the_run_itself_grows_with_the_runs() -> None:
    """A run's id stands on one series that ends with it."""
    house = BusyHouse()
    house.bustle()
    holders = {family.name for family in parsed(await house.text()) for s in family.samples if "run" in s.labels}

    assert holders == {"drd_run_info"}


async def test_the_newer_form_is_parsed_too() -> None:
    """A scraper that asks for OpenMetrics gets it whole, with its end mark."""
    house = BusyHouse()
    house.bustle()
    page = await house.exporter.render(OPENMETRICS)
    families = list(parsed_openmetrics(page.body.decode()))

    assert "openmetrics" in page.content_type
    assert {family.name for family in families} >= {"drd_build", "drd_service_rto_objective_seconds"} or {
        family.name for family in families
    } >= {"drd_build_info", "drd_service_rto_objective_seconds"}


async def test_objectives_are_series_too() -> None:
    """Alerts compare two series; a service without items has no recovery point objective, and so no series."""
    house = BusyHouse()

    assert await _value(house, "drd_service_rpo_objective_seconds", service="burgerzaken") == 3600
    assert await _value(house, "drd_service_rto_objective_seconds", service="netwerk") == 7200
    assert await _value(house, "drd_service_rpo_objective_seconds", service="netwerk") is None
    assert await _value(house, "drd_service_recovery_point_timestamp_seconds", service="netwerk") is None


async def test_a_service_is_as_young_as_its_oldest_item() -> None:
    """The newest usable point of each item, by whatever mechanism; the oldest of these counts."""
    old, young = NOW - timedelta(hours=3), NOW - timedelta(minutes=1)
    house = BusyHouse(
        no_figures(
            items=(
                item_facts("vm-app", Mechanism.BACKUP, points=points(old)),
                item_facts("vm-app", Mechanism.SITE_RECOVERY, points=points(young)),
                item_facts("vm-sql", Mechanism.BACKUP, points=points(old)),
            )
        )
    )

    assert await _value(house, "drd_service_recovery_point_timestamp_seconds") == old.timestamp()


@pytest.mark.parametrize(
    "facts",
    [
        (),
        (item_facts("vm-app"),),
        (item_facts("vm-app"), item_facts("vm-sql", points=(), points_total=0)),
        (item_facts("vm-app"), item_facts("vm-sql", points=points(NOW, usable=False))),
    ],
    ids=["nothing was seen", "one item was not seen", "one item has no point", "one item has no usable point"],
)
async def test_never_is_zero_and_not_silence(facts: tuple[object, ...]) -> None:
    """A series that is not there fires no alert; an age since 1970 does."""
    house = BusyHouse(no_figures(items=facts))

    assert await _value(house, "drd_service_recovery_point_timestamp_seconds", service="burgerzaken") == 0


async def test_never_proven_and_never_collected_are_zero_too() -> None:
    """For every timestamp the same word for never."""
    figures = busy_figures()
    house = BusyHouse(no_figures(items=figures.items, last=(recovery(RunState.FAILED),)))

    assert await _value(house, "drd_item_proven_recovery_point_timestamp_seconds", item="vm-app") == 0
    assert await _value(house, "drd_service_last_recovery_success_timestamp_seconds") == 0


async def test_what_azure_did_not_say_is_not_told_as_off() -> None:
    """Unknown is not a value: the safeguard has no series."""
    house = BusyHouse()

    assert await _value(house, "drd_vault_safeguard_enabled", safeguard="soft_delete") == 1
    assert await _value(house, "drd_vault_safeguard_enabled", safeguard="immutability") == 0
    assert await _value(house, "drd_vault_safeguard_enabled", safeguard="cross_region_restore") is None


async def test_of_two_vaults_of_one_name_the_worse_is_told() -> None:
    """A name is unique in its resource group only; the safeguard that is on must not hide the one that is off."""
    (off,) = busy_figures().vaults
    elsewhere = ArmId(off.posture.id.key.replace("/rg/", "/rg-other/"))
    on = replace(off, posture=replace(off.posture, id=elsewhere, immutability="Locked"))
    both = item("vm-app", Mechanism.BACKUP), item("vm-sql", Mechanism.BACKUP, vault=elsewhere)
    tenants = (tenant(service("burgerzaken", *both)),)

    for vaults in ((on, off), (off, on)):
        house = BusyHouse(no_figures(vaults=vaults), tenants=tenants)
        assert await _value(house, "drd_vault_safeguard_enabled", safeguard="immutability") == 0


async def test_a_replication_that_lags_by_nothing_is_told() -> None:
    """Nothing is a figure, and the best one; only what Site Recovery did not say has no series."""
    facts = (item_facts(replication_rpo=timedelta(0)), item_facts("vm-sql", replication_rpo=None))
    house = BusyHouse(no_figures(items=facts))

    assert await _value(house, "drd_item_replication_rpo_seconds", item="vm-app") == 0
    assert await _value(house, "drd_item_replication_rpo_seconds", item="vm-sql") is None


async def test_series_end_with_their_object() -> None:
    """A run that is over, an item that left the catalogue: nothing of them stays on the page."""
    house = BusyHouse()
    before = await house.text()
    house.readings.figures_now = no_figures()
    after = await house.text()

    assert 'run="r-2"' in before
    assert 'drd_item_recovery_points{item="vm-app"' in before
    assert 'run="r-2"' not in after
    assert "drd_item_recovery_points{" not in after
    assert 'runbook="burgerzaken",state' not in after


async def test_an_active_run_is_in_exactly_one_state() -> None:
    """One series is 1; final states have none, because a run that ended is not active."""
    house = BusyHouse()
    states = {
        sample.labels["state"]: sample.value
        for family in parsed(await house.text())
        for sample in family.samples
        if sample.name == "drd_run_state"
    }

    assert states.pop("waiting") == 1
    assert set(states.values()) == {0}
    assert not {state.value for state in RunState if state.final} & set(states)


async def test_two_runs_of_one_runbook_and_mode_do_not_break_the_page() -> None:
    """A child and another's child may be of one runbook; the page stays readable, one series each."""
    house = BusyHouse(no_figures(active=(active_run("r-2"), active_run("r-3"))))
    text = await house.text()
    series = [line.split(" ")[0] for line in text.splitlines() if line and not line.startswith("#")]

    assert len(series) == len(set(series))


async def test_a_store_that_is_away_is_told_and_the_rest_is_told_all_the_same() -> None:
    """The page never fails: what this process counts is known without the store."""
    house = BusyHouse()
    house.bustle()
    assert await _value(house, "drd_store_readable") == 1

    house.readings.error = JournalUnavailableError("the disk is full")
    assert await _value(house, "drd_store_readable") == 0
    assert await _value(house, "drd_steps_total", action="vm.start", outcome="done") == 1
    assert "drd_service_rto_objective_seconds" not in await _names(house)


async def test_only_the_holder_of_the_lease_tells_about_the_estate() -> None:
    """Two daemons on one store must not tell everything twice."""
    house = BusyHouse(exports=False)
    house.bustle()
    names = await _names(house)

    assert "drd_service_rto_objective_seconds" not in names
    assert "drd_build_info" in names
    assert "drd_steps" in names


async def test_steps_are_counted_by_their_end_and_timed_from_their_first_intent() -> None:
    """In world time; attempts beyond the first are counted apart."""
    house = BusyHouse()
    house.bustle()

    assert await _value(house, "drd_steps_total", action="vm.start", outcome="done") == 1
    assert await _value(house, "drd_step_retries_total", action="vm.start") == 1
    assert await _value(house, "drd_step_duration_seconds_sum", action="vm.start") == 90


async def test_a_step_that_will_be_tried_again_has_not_ended() -> None:
    """Only the final failure counts as an outcome."""
    house = BusyHouse()
    house.hear(Kind.STEP_INTENT)
    house.hear(Kind.STEP_FAILED, final=False)
    assert await _value(house, "drd_steps_total") is None

    house.hear(Kind.STEP_FAILED, final=True)
    assert await _value(house, "drd_steps_total", outcome="failed") == 1


async def test_a_run_that_ended_is_forgotten() -> None:
    """A daemon that runs for months keeps nothing of old runs."""
    house = BusyHouse()
    house.hear(Kind.STEP_INTENT)
    house.hear(Kind.RUN_FINISHED, step=None, state="failed")
    house.hear(Kind.STEP_DONE)

    assert await _value(house, "drd_step_duration_seconds_count", action="vm.start") is None


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        (
            "https://h/subscriptions/s/resourceGroups/r/providers/microsoft.compute/virtualMachines/v",
            "Microsoft.Compute",
        ),
        ("https://h/subscriptions/s/resourcegroups?api-version=1", "Microsoft.Resources"),
        ("https://h/x/providers/Microsoft.Strange/y", "other"),
        ("https://h/providers/Microsoft.RecoveryServices/v/providers/Microsoft.Network/x", "Microsoft.Network"),
    ],
)
async def test_requests_are_counted_by_a_closed_set_of_providers(url: str, provider: str) -> None:
    """What comes from outside never makes a label of its own."""
    house = BusyHouse()
    house.send(url, status=429)
    house.send(url, status=None)

    assert await _value(house, "drd_arm_requests_total", provider=provider, code="429") == 1
    assert await _value(house, "drd_arm_requests_total", provider=provider, code="") == 1


async def test_figures_of_a_recovery_are_told_by_mode() -> None:
    """A drill is no failover; what was not reached has no series."""
    house = BusyHouse(no_figures(last=(recovery(), recovery(mode=Mode.DRILL, achieved_recovery_time=None))))

    assert await _value(house, "drd_service_achieved_recovery_time_seconds", mode="failover") == 3000
    assert await _value(house, "drd_service_achieved_recovery_time_seconds", mode="drill") is None
    assert await _value(house, "drd_service_achieved_recovery_point_seconds", mode="failover") == 300


@pytest.mark.parametrize(("items", "told"), [("all", {"vm-app", "vm-sql"}), ("breaching", {"vm-sql"}), ("none", set())])
@pytest.mark.parametrize(
    "bad", [{"points": points(NOW - timedelta(hours=2))}, {"points": ()}, {"state": "warning"}],
    ids=["too old", "no point", "not well"],
)  # fmt: skip
async def test_a_large_installation_tells_only_items_that_are_wrong(
    items: str, told: set[str], bad: dict[str, object]
) -> None:
    """The series of the service count every item all the same."""
    house = BusyHouse(no_figures(items=(item_facts("vm-app"), item_facts("vm-sql", **bad))), items=items)
    text = await house.text()

    assert set(re.findall(r'drd_item_\w+{.*item="([^"]+)"', text)) == told
    assert 'drd_service_recovery_point_timestamp_seconds{service="burgerzaken"' in text
