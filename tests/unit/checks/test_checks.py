"""Checks judge what ports tell; they change nothing, and a guest that is silent is an answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from drd.daemon.catalogue import Checks
from drd.daemon.discovery import checks
from drd.domain.canonical import Json
from drd.domain.errors import NotFoundError, RefusedError, TransientError
from drd.domain.ids import ArmId, ItemId, TenantId
from drd.domain.plan import Mode
from drd.ports.check import Answer, CheckContext
from drd.ports.reach import HttpAnswer
from tests.fakes.world import START, World
from tests.fakes.world_vaults import (
    AWAY,
    ITEM,
    NETWORK,
    PROTECTED,
    SOURCE,
    WorldReplication,
    cloud,
    place,
    protected_item,
)

pytestmark = pytest.mark.anyio

CATALOGUE = Checks(checks())
FOLDER = Path(__file__).parents[3] / "drd" / "checks"
COPY = ArmId(f"{AWAY}/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1-test")


@dataclass
class Guests:
    """Answers `Reach` with what the test put there."""

    answer: HttpAnswer | None = None
    addresses: tuple[str, ...] | None = None
    listens: bool = True
    asked: list[str] = field(default_factory=list)

    async def connect(self, host: str, port: int, *, limit: timedelta) -> None:
        """Connect."""
        self.asked.append(f"{host}:{port}")
        if not self.listens:
            raise TransientError("nobody answers")

    async def get(self, url: str, *, limit: timedelta) -> HttpAnswer:
        """Ask."""
        if self.answer is None:
            raise TransientError("nobody answers")
        return self.answer

    async def resolve(self, host: str, *, limit: timedelta) -> tuple[str, ...]:
        """Look up."""
        if self.addresses is None:
            raise TransientError("nobody answers")
        return self.addresses


@dataclass
class Setting:
    """A world, its vault, its guests, and how they are asked about."""

    world: World = field(default_factory=World)
    guests: Guests = field(default_factory=Guests)
    mode: Mode | None = None
    machines: Mapping[ItemId, ArmId] = field(default_factory=dict)
    rpo: timedelta | None = None

    def __post_init__(self) -> None:
        """Build the provider."""
        self.replication = WorldReplication(self.world)
        self.provider = cloud(self.world, self.replication)

    async def ask(self, name: str, /, **values: Json) -> Answer:
        """Ask once."""
        bound = CATALOGUE.bind(name, {key.replace("_", "-"): value for key, value in values.items()})
        answer = await bound.ask(
            CheckContext(
                tenant=TenantId("voorbeeld"),
                mode=self.mode,
                home_region="westeurope",
                recovery_region="northeurope",
                items={ITEM: protected_item()},
                machines=self.machines,
                provider=self.provider,
                reach=self.guests,
                clock=self.world.clock,
                rpo=self.rpo,
            )
        )
        assert self.world.sent == []
        assert "\n" not in answer.sentence
        assert answer.sentence
        assert "\n" not in bound.describe()
        return answer


@pytest.mark.parametrize(
    ("answer", "values", "green"),
    [
        (HttpAnswer(status=200, body=b"healthy"), {}, True),
        (HttpAnswer(status=200, body=b"healthy"), {"contains": "healthy"}, True),
        (HttpAnswer(status=200, body=b"unwell"), {"contains": "healthy"}, False),
        (HttpAnswer(status=302), {}, False),
        (HttpAnswer(status=302), {"status": 302}, True),
        (None, {}, False),
    ],
)
async def test_http_judges_status_and_content(answer: HttpAnswer | None, values: dict[str, Json], green: bool) -> None:
    """Silence is red, not an error."""
    setting = Setting(guests=Guests(answer=answer))

    assert (await setting.ask("check.http", url="https://www.voorbeeld.example/health", **values)).green is green


@pytest.mark.parametrize("listens", [True, False])
async def test_tcp_asks_the_machine_that_stands_for_the_item(listens: bool) -> None:
    """By the address that its interface has now."""
    setting = Setting(guests=Guests(listens=listens), mode=Mode.DRILL, machines={ITEM: COPY})
    place(setting.world, COPY)

    assert (await setting.ask("check.tcp", item=ITEM, port=1433)).green is listens
    assert setting.guests.asked == ["10.99.1.31:1433"]


async def test_tcp_of_a_machine_that_is_not_there_is_red() -> None:
    """And nobody else is asked instead."""
    setting = Setting()

    assert not (await setting.ask("check.tcp", item=ITEM, port=1433)).green
    assert setting.guests.asked == []


@pytest.mark.parametrize("name", ["check.tcp", "check.vm"])
async def test_a_drill_never_asks_production(name: str) -> None:
    """Without a copy there is nothing to ask."""
    setting = Setting(mode=Mode.DRILL)
    place(setting.world, SOURCE)

    with pytest.raises(RefusedError, match="made no copy"):
        await setting.ask(name, item=ITEM, **({"port": 1433} if name == "check.tcp" else {}))
    assert setting.guests.asked == []


@pytest.mark.parametrize(
    ("found", "wanted", "green"),
    [
        (("10.2.1.41", "10.2.1.42"), ["10.2.1.42", "10.2.1.41"], True),
        (("10.1.1.41",), "10.2.1.41", False),
        (("10.2.1.41", "10.1.1.41"), ["10.2.1.41"], False),
        ((), ["10.2.1.41"], False),
        (None, ["10.2.1.41"], False),
    ],
)
async def test_dns_wants_all_the_values_and_no_others(found: tuple[str, ...] | None, wanted: Json, green: bool) -> None:
    """An old address beside the new one is still wrong for half of the users."""
    setting = Setting(guests=Guests(addresses=found))

    assert (await setting.ask("check.dns", name="www.voorbeeld.example", values=wanted)).green is green


async def test_dns_without_values_only_wants_an_answer() -> None:
    """Any address will do."""
    assert (await Setting(guests=Guests(addresses=("10.2.1.1",))).ask("check.dns", name="a.example")).green
    assert not (await Setting(guests=Guests(addresses=())).ask("check.dns", name="a.example")).green


@pytest.mark.parametrize(
    ("power", "ready", "values", "green"),
    [
        ("running", True, {}, True),
        ("running", False, {}, False),
        ("running", None, {}, False),
        ("running", None, {"agent": False}, True),
        ("deallocated", None, {}, False),
        ("deallocated", None, {"power": "deallocated"}, True),
        (None, None, {}, False),
    ],
)
async def test_vm_judges_power_and_agent(
    power: str | None, ready: bool | None, values: dict[str, Json], green: bool
) -> None:
    """What Azure does not tell is not green."""
    setting = Setting()
    place(setting.world, SOURCE)
    setting.world.machines[SOURCE] = replace(setting.world.machines[SOURCE], power=power, agent_ready=ready)

    assert (await setting.ask("check.vm", item=ITEM, **values)).green is green


async def test_vm_of_no_machine_is_red() -> None:
    """It says which."""
    answer = await Setting().ask("check.vm", machine=str(SOURCE))

    assert not answer.green
    assert str(SOURCE) in answer.sentence


@pytest.mark.parametrize(
    ("change", "rpo", "green"),
    [
        ({}, timedelta(minutes=15), True),
        ({}, timedelta(minutes=1), False),
        ({}, None, True),
        ({"state": "InitialReplication"}, None, False),
        ({"rpo": None}, None, False),
        ({"rpo_at": START - timedelta(hours=1)}, timedelta(minutes=15), False),
    ],
)
async def test_replication_counts_the_age_up_to_now(
    change: dict[str, object], rpo: timedelta | None, green: bool
) -> None:
    """A figure that was calculated an hour ago is an hour older."""
    setting = Setting(rpo=rpo)
    setting.replication.state = replace(PROTECTED, **change)  # type: ignore[arg-type] # fields of the table above

    assert (await setting.ask("check.replication", service="burgerzaken")).green is green


async def test_replication_of_the_step_wins_over_the_objective() -> None:
    """A runbook may be stricter."""
    assert not (await Setting(rpo=timedelta(hours=1)).ask("check.replication", item=ITEM, rpo="60s")).green


@pytest.mark.parametrize("region", ["home", "recovery"])
@pytest.mark.parametrize(("limit", "green"), [("1h", True), ("1m", False)])
async def test_a_recovery_point_must_be_young_enough(region: str, limit: str, green: bool) -> None:
    """In the region that would have to restore it."""
    answer = await Setting().ask("check.recovery-point", item=ITEM, younger_than=limit, region=region)

    assert answer.green is green
    assert answer.evidence["newest"] == {ITEM: "2026-11-22T02:54:59.750Z"}


async def test_a_point_that_cannot_be_used_does_not_count() -> None:
    """There it is, and it is no help."""
    setting = Setting()
    setting.replication.made = [replace(point, usable=False) for point in setting.replication.made]

    answer = await setting.ask("check.recovery-point", service="burgerzaken", younger_than="30d", region="recovery")

    assert not answer.green


async def test_isolation_names_what_speaks_against_it() -> None:
    """So that somebody can remove it."""
    setting = Setting()
    assert (await setting.ask("check.isolation", network=str(NETWORK))).green

    setting.world.networks[NETWORK] = replace(setting.world.networks[NETWORK], peerings=("to-home",))
    answer = await setting.ask("check.isolation", network=str(NETWORK))

    assert not answer.green
    assert "to-home" in answer.sentence


async def test_an_unknown_item_is_an_error_and_not_a_red_light() -> None:
    """The question is wrong, not the answer."""
    with pytest.raises(NotFoundError):
        await Setting().ask("check.vm", item="vm-nobody")


@pytest.mark.parametrize("name", CATALOGUE.names())
def test_a_checks_example_loads_and_its_values_are_explained(name: str) -> None:
    """As in a runbook: values that are references are passed over."""
    file = FOLDER / f"{name.removeprefix('check.').replace('-', '_')}.py"
    example = re.search(r"```yaml\n(.*?)```", file.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    (step,) = YAML(typ="safe").load(example[1])
    assert step["uses"] == name
    references = {key for key, value in step["with"].items() if str(value).startswith("${{")}

    faults = [each for each in CATALOGUE.faults(name, step["with"]) if not {*each.path} & references]

    assert faults == []
    schema = CATALOGUE.schema(name)
    assert [key for key, value in schema["properties"].items() if not value.get("description")] == []
    assert CATALOGUE.modes(name) == frozenset(Mode)
    assert CATALOGUE.outputs(name) == {}
    assert all(re.fullmatch(r"Microsoft\.\w+(/\w+)+/(read|action)", each) for each in CATALOGUE.permissions(name))


def test_within_is_zero_where_it_is_not_given() -> None:
    """Asked once."""
    url: dict[str, Json] = {"url": "https://a.example/"}

    assert CATALOGUE.bind("check.http", url).within() == timedelta(0)
    assert CATALOGUE.bind("check.http", {**url, "within": "15m"}).within() == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("check.http", {"url": "http://user@a.example/"}),
        ("check.http", {"url": "file:///etc/passwd"}),
        ("check.http", {"url": "https://a.example/", "within": 15}),
        ("check.tcp", {"port": 1433}),
        ("check.tcp", {"port": 1433, "host": "a.example", "item": ITEM}),
        ("check.tcp", {"port": 0, "host": "a.example"}),
        ("check.recovery-point", {"item": ITEM}),
        ("check.recovery-point", {"item": ITEM, "younger-than": "0s"}),
        ("check.replication", {}),
        ("check.isolation", {"network": "vnet"}),
        ("check.dns", {"name": "a.example", "values": []}),
    ],
)
def test_values_that_make_no_sense_are_faults(name: str, values: dict[str, Json]) -> None:
    """Found when the file is loaded."""
    assert CATALOGUE.faults(name, values) != ()
