"""`drd sandbox fault` and `drd sandbox scenario`, as they are typed, against a running sandbox."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from anyio.to_thread import run_sync

from drd.cli.app import run
from drd.cli.exits import Exit
from drd.sandbox.app import Sandbox
from drd.sandbox.server import HttpServer
from drd.sandbox.wire import Request

pytestmark = pytest.mark.anyio

Type = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def type_(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Type]:
    """Type a command under `drd sandbox`, and give its exit code and what it wrote."""
    server = HttpServer(sandbox.handle)
    await server.start()

    async def typed(*words: str, lang: str = "en") -> tuple[int, str, str]:
        code = await run_sync(run, ["sandbox", *words, "--url", server.base_url, "--lang", lang])
        told = capsys.readouterr()
        return code, told.out, told.err

    yield typed
    await server.stop()


async def test_a_fault_is_ordered_listed_and_withdrawn(type_: Type, sandbox: Sandbox) -> None:
    """In a table for people, in their language."""
    words = ("throttle", "--resource", "vm-db-1", "--probability", "0.5", "--for", "10m", "--retry-after", "20")
    assert await type_("fault", "add", *words) == (Exit.OK, "ordered  fault-1\n", "")
    _, english, _ = await type_("fault", "list")
    _, dutch, _ = await type_("fault", "list", lang="nl")

    heading, row = (line.split() for line in english.splitlines())
    assert heading == ["FAULT", "KIND", "STATE", "STRUCK", "SELECTS", "UNTIL"]
    assert row[:4] == ["fault-1", "throttle", "standing", "0"]
    assert row[4:] == ["resource=vm-db-1", "probability=0.5", "2026-11-20T09:10:00.000000Z"]
    assert dutch.split()[:3] == ["STORING", "SOORT", "TOESTAND"]
    (order,) = sandbox.world.faults.listed()
    assert (order.fault.retry_after, order.fault.probability) == (20, 0.5)
    assert await type_("fault", "clear", "fault-1") == (Exit.OK, "LEFT  0\n", "")


async def test_faults_are_listed_as_data(type_: Type) -> None:
    """For programs."""
    await type_("fault", "add", "allocation", "--code", "SkuNotAvailable", "--region", "northeurope", "--count", "2")
    _, told, _ = await type_("fault", "list", "-o", "json")

    (fault,) = json.loads(told)
    assert (fault["kind"], fault["code"], fault["count"], fault["struck"]) == ("allocation", "SkuNotAvailable", 2, 0)


async def test_the_journal_names_what_struck(type_: Type, sandbox: Sandbox) -> None:
    """Beside the call that it struck; a step of a scenario stands there by itself."""
    await type_("scenario", "run", "throttled")
    await type_("fault", "clear")
    await type_("fault", "add", "server-error")
    headers = {"authorization": f"Bearer {sandbox.world.identities.token_for('sandbox-owner')}"}
    sandbox.answer(Request(method="GET", url="http://sandbox/subscriptions?api-version=2022-12-01", headers=headers))
    _, told, _ = await type_("journal")

    step, call = (line.split() for line in told.splitlines()[1:])
    assert (step[3:5], call[2:4]) == (["-", "scenario"], ["500", "server-error"])


async def test_the_kinds_are_listed_with_what_they_do(type_: Type) -> None:
    """So that nobody has to look them up elsewhere."""
    code, told, _ = await type_("fault", "kinds")

    assert code == Exit.OK
    assert "reply-lost" in told
    assert "accepted, then the connection is reset" in told


async def test_a_wrong_fault_is_refused_with_a_hint_and_nothing_is_ordered(type_: Type, sandbox: Sandbox) -> None:
    """What was probably meant."""
    code, told, said = await type_("fault", "add", "throtle")

    assert (code, told) == (Exit.USAGE, "")
    assert 'there is no kind "throtle"' in said
    assert 'did you mean "throttle"?' in said
    assert len(sandbox.world.faults) == 0


async def test_a_file_with_a_mistake_orders_nothing_and_shows_its_place(
    type_: Type, sandbox: Sandbox, tmp_path: Path
) -> None:
    """File, line and column, with the line itself."""
    file = tmp_path / "storm.yaml"
    file.write_text("drd: fault/v1\nfaults:\n  - {kind: throttle}\n  - {kind: hang, count: 0}\n")
    code, _, said = await type_("fault", "add", "--file", str(file))

    assert code == Exit.USAGE
    assert f"{file}:4:25" in said.replace("\n", "")
    assert len(sandbox.world.faults) == 0
    file.write_text("drd: fault/v1\nfaults:\n  - {kind: throttle}\n  - {kind: hang}\n")
    assert (await type_("fault", "add", "--file", str(file)))[0] == Exit.OK
    assert len(sandbox.world.faults) == 2


async def test_nothing_to_order_and_a_file_that_is_not_there_are_told(type_: Type, tmp_path: Path) -> None:
    """Each with what to do."""
    assert "name a kind" in (await type_("fault", "add"))[2]
    code, _, said = await type_("fault", "add", "--file", str(tmp_path / "none.yaml"))
    assert code == Exit.USAGE
    assert "cannot be read" in said


async def test_scenarios_are_listed_and_played(type_: Type, sandbox: Sandbox) -> None:
    """By name, in the reader's language."""
    _, listed, _ = await type_("scenario", "list", lang="fr")
    assert "La région westeurope tombe en panne" in listed

    code, told, _ = await type_("scenario", "run", "region-down")
    assert code == Exit.OK
    assert told.splitlines()[0] == "region-down"
    assert sandbox.world.regions.mode("westeurope") == "refused"


async def test_a_scenario_of_ones_own_is_played_from_its_file(type_: Type, sandbox: Sandbox, tmp_path: Path) -> None:
    """Or refused as a whole, with the places."""
    file = tmp_path / "mine.yaml"
    head = "drd: scenario/v1\ntitle: {nl: Mijn}\nabout: {nl: Mijn}\nsteps:\n"
    file.write_text(head + "  - {region-down: {region: westeurope}}\n  - {poison: [vm-nergens]}\n")
    code, _, said = await type_("scenario", "run", str(file))
    assert code == Exit.USAGE
    assert f"{file}:6:" in said.replace("\n", "")
    assert sandbox.world.regions.lost() == {}

    file.write_text(head + "  - {region-down: {region: westeurope}}\n")
    assert (await type_("scenario", "run", str(file)))[0] == Exit.OK
    assert list(sandbox.world.regions.lost()) == ["westeurope"]


async def test_an_unknown_scenario_is_refused_with_the_one_that_was_meant(type_: Type) -> None:
    """And exits as a wrong use."""
    code, _, said = await type_("scenario", "run", "ransomwere")

    assert code != Exit.OK
    assert 'did you mean "ransomware"?' in said.replace("\n", " ")


async def test_a_region_is_lost_with_connections_that_are_reset(type_: Type, sandbox: Sandbox) -> None:
    """The third way to lose one."""
    code, _, _ = await type_("region-down", "westeurope", "--mode", "refused", "--ago", "10m")

    assert code == Exit.OK
    assert sandbox.world.regions.mode("westeurope") == "refused"
