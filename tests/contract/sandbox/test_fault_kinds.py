"""Every kind of fault that the kernel knows, over HTTP, as a client meets it and as the journal tells it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from drd.sandbox.app import Sandbox
from drd.sandbox.server import HttpServer

pytestmark = pytest.mark.anyio

GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
VM = f"{GROUPS}/rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1"
STOP = f"{VM}/deallocate"
COMPUTE = {"api-version": "2025-04-01"}
RESOURCES = {"api-version": "2024-03-01"}
SILENCE = 0.4


@dataclass(slots=True, kw_only=True)
class Client:
    """A plain client with a token, who says how a call ended for it: a status, `reset` or `silence`."""

    session: aiohttp.ClientSession
    base: str
    sandbox: Sandbox
    token: str

    async def order(self, kind: str, **members: Any) -> str:
        """Order a fault, and give its id."""
        body = {"kind": kind, **{name.replace("_", "-"): value for name, value in members.items()}}
        async with self.session.post(f"{self.base}/_sandbox/faults", json=body) as answer:
            assert answer.status == 201, await answer.text()
            return str((await answer.json())["ids"][0])

    async def ask(
        self, method: str, path: str, body: Any = None, *, query: dict[str, str] = COMPUTE
    ) -> tuple[int | str, Any]:
        """Ask, and give how it ended and what was said."""
        headers = {"Authorization": f"Bearer {self.token}"}
        limit = aiohttp.ClientTimeout(total=SILENCE)
        try:
            async with self.session.request(
                method, self.base + path, json=body, params=query, headers=headers, timeout=limit
            ) as answer:
                text = await answer.text()
                is_json = "json" in answer.headers.get("content-type", "") and answer.status != 200
                return answer.status, (answer.headers.copy(), await answer.json() if is_json else text)
        except TimeoutError:
            return "silence", None
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            return "reset", None

    async def give_token(self) -> int | str:
        """Ask the token endpoint for a token, and keep it."""
        url, query = f"{self.base}/msi/token", {"resource": "https://management.azure.com", "client_id": "drd-standing"}
        try:
            async with self.session.get(
                url, params=query, headers={"X-IDENTITY-HEADER": "sandbox-identity"}, timeout=_limit()
            ) as answer:
                found = await answer.json()
                self.token = found.get("access_token", self.token)
                return answer.status
        except TimeoutError:
            return "silence"
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            return "reset"

    @property
    def last(self) -> dict[str, Any]:
        """Give the journal's last entry."""
        return self.sandbox.world.journal.entries[-1].wire()


def _limit() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=SILENCE)


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Client]:
    """A client of the sandbox over HTTP."""
    server = HttpServer(sandbox.handle)
    await server.start()
    async with aiohttp.ClientSession() as session:
        token = sandbox.world.identities.token_for("sandbox-owner")
        yield Client(session=session, base=server.base_url, sandbox=sandbox, token=token)
    await server.stop()


@pytest.mark.parametrize(
    ("kind", "members", "ended", "accepted"),
    [
        ("error", {"status": 418, "code": "Teapot"}, 418, False),
        ("throttle", {}, 429, False),
        ("server-error", {}, 500, False),
        ("server-error", {"status": 502, "code": "BadGateway"}, 502, False),
        ("server-error-after", {}, 503, True),
        ("reply-lost", {}, "reset", True),
        ("refused", {}, "reset", False),
        ("hang", {}, "silence", False),
        ("hang", {"after_accepting": True}, "silence", True),
        ("not-found", {}, 404, False),
        ("malformed", {}, 200, False),
        ("absurd-retry-after", {}, 429, False),
    ],
)
async def test_a_fault_of_a_call_spoils_it_before_or_after_it_was_accepted(
    client: Client, kind: str, members: dict[str, Any], ended: int | str, accepted: bool
) -> None:
    """The client is told one thing; the journal says what happened, and which fault it was."""
    fault = await client.order(kind, resource="vm-db-1", method="POST", **members)
    found, _ = await client.ask("POST", STOP)

    assert found == ended
    assert [one["kind"] for one in client.last["effects"]] == (["vm.deallocate"] if accepted else [])
    assert client.last["fault"] is True
    assert client.last["strikes"] == [{"fault": fault, "kind": kind, "target": STOP, "times": 1}]


async def test_a_throttled_call_says_how_long_to_wait(client: Client) -> None:
    """In whole digits, however absurd."""
    await client.order("throttle", count=1, retry_after=20)
    await client.order("absurd-retry-after")
    waits = [(await client.ask("GET", VM))[1][0]["Retry-After"] for _ in range(2)]

    assert waits == ["20", "31536000"]


async def test_an_answer_that_is_no_json_says_that_it_is(client: Client) -> None:
    """As a broken proxy does."""
    await client.order("malformed")
    status, (headers, text) = await client.ask("GET", VM)

    assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert text == '{"value": [{"id":'


async def test_a_slow_network_answers_late_but_well(client: Client) -> None:
    """Other faults still strike."""
    await client.order("slow", seconds=0.2, resource="vm-db-1")
    loop = asyncio.get_running_loop()
    before = loop.time()
    status, _ = await client.ask("GET", VM)

    assert status == 200
    assert loop.time() - before >= 0.2
    assert client.last["strikes"][0]["kind"] == "slow"


@pytest.mark.parametrize(("mode", "ended"), [("unavailable", 503), ("hang", "silence"), ("refused", "reset")])
async def test_a_region_is_down_for_a_time_in_each_of_its_ways(
    client: Client, time: Any, mode: str, ended: Any
) -> None:
    """What stands elsewhere answers; afterwards all is well again."""
    fault = await client.order("region-down", region="westeurope", mode=mode, **{"for": "10m"})

    assert (await client.ask("GET", VM))[0] == ended
    assert client.last["strikes"] == [{"fault": fault, "kind": "region-down", "target": VM, "times": 1}]
    assert (await client.ask("GET", f"{GROUPS}/rg-databank-neu", query=RESOURCES))[0] == 200
    time.now += timedelta(minutes=10)
    assert (await client.ask("GET", VM))[0] == 200


async def test_withdrawing_the_fault_gives_its_region_back(client: Client) -> None:
    """But not one that was lost otherwise."""
    await client.order("region-down", region="westeurope")
    client.sandbox.world.regions.down("northeurope", client.sandbox.world.now())
    async with client.session.delete(f"{client.base}/_sandbox/faults"):
        pass

    assert list(client.sandbox.world.regions.lost()) == ["northeurope"]


@pytest.mark.parametrize(
    ("kind", "code", "header"),
    [
        ("token-expired", "ExpiredAuthenticationToken", 'error="invalid_token"'),
        ("token-revoked", "TokenRevoked", 'error="insufficient_claims", claims="'),
    ],
)
async def test_tokens_given_before_the_fault_are_refused_and_new_ones_are_good(
    client: Client, kind: str, code: str, header: str
) -> None:
    """401 in Azure's form, with the challenge that says what is wanted."""
    fault = await client.order(kind)
    status, (headers, body) = await client.ask("GET", VM)

    assert (status, body["error"]["code"]) == (401, code)
    assert headers["WWW-Authenticate"].startswith("Bearer ")
    assert header in headers["WWW-Authenticate"]
    assert [(one["fault"], one["kind"]) for one in client.last["strikes"]] == [(fault, kind)]
    assert await client.give_token() == 200
    assert (await client.ask("GET", VM))[0] == 200


@pytest.mark.parametrize(
    ("members", "ended"),
    [({}, 503), ({"status": 500}, 500), ({"mode": "hang"}, "silence"), ({"mode": "refused"}, "reset")],
)
async def test_the_identity_service_is_down_while_tokens_that_were_given_still_work(
    client: Client, members: dict[str, Any], ended: int | str
) -> None:
    """Only new ones cannot be had."""
    await client.order("identity-down", **members)

    assert await client.give_token() == ended
    assert client.last["operation"] == "token"
    assert client.last["strikes"][0]["kind"] == "identity-down"
    assert (await client.ask("GET", VM))[0] == 200


async def test_an_identity_may_be_down_alone(client: Client) -> None:
    """Others get their tokens."""
    await client.order("identity-down", identity="drd-failover")

    assert await client.give_token() == 200


async def test_an_operation_without_an_end_is_never_done(client: Client, time: Any) -> None:
    """It was accepted, and says so for ever."""
    await client.order("operation-endless", operation="Microsoft.Compute/virtualMachines/*")
    status, (headers, _) = await client.ask("POST", STOP)
    assert status == 202
    assert client.last["strikes"][0]["kind"] == "operation-endless"

    time.now += timedelta(days=30)
    monitor = headers["Azure-AsyncOperation"].removeprefix(client.base)
    path, _, _ = monitor.partition("?")
    _, (_, text) = await client.ask("GET", path)
    assert '"status":"InProgress"' in text


async def test_an_operation_that_fails_late_took_no_effect_and_has_its_own_entry(client: Client, time: Any) -> None:
    """The strike is journaled when it happens, which is between two calls."""
    fault = await client.order("operation-fails-late", resource="vm-db-1", code="InternalExecutionError")
    status, (headers, _) = await client.ask("POST", STOP)
    assert (status, client.last["fault"]) == (202, False)

    time.now += timedelta(minutes=5)
    path, _, _ = headers["Azure-AsyncOperation"].removeprefix(client.base).partition("?")
    _, (_, text) = await client.ask("GET", path)
    assert '"status":"Failed"' in text
    assert '"code":"InternalExecutionError"' in text
    assert '"provisioningState":"Failed"' in (await client.ask("GET", VM))[1][1]
    (entry,) = [one for one in client.sandbox.world.journal.entries if one.operation == "fault"]
    assert (entry.fault, entry.code, entry.method) == (True, "InternalExecutionError", "")
    assert entry.at == time.now - timedelta(minutes=5) + timedelta(seconds=50)
    assert entry.strikes[0]["fault"] == fault


async def test_lists_lag_what_was_just_made(client: Client, time: Any) -> None:
    """Who asks for it by name finds it at once."""
    await client.order("list-lag", seconds=30, resource="rg-nieuw")
    await client.ask("PUT", f"{GROUPS}/rg-nieuw", {"location": "northeurope"}, query=RESOURCES)

    async def listed() -> bool:
        _, (_, text) = await client.ask("GET", GROUPS, query={**RESOURCES, "$top": "100"})
        return '"rg-nieuw"' in text

    assert (await client.ask("GET", f"{GROUPS}/rg-nieuw", query=RESOURCES))[0] == 200
    assert await listed() is False
    assert client.last["strikes"][0]["kind"] == "list-lag"
    time.now += timedelta(seconds=30)
    assert await listed() is True
    assert client.last["strikes"] == []


async def test_a_storm_strikes_its_share_and_names_itself_each_time(client: Client) -> None:
    """What one fault lets go another may strike."""
    await client.order("throttle", probability=0.3)
    await client.order("server-error", probability=0.2)
    ended = [(await client.ask("GET", VM))[0] for _ in range(30)]

    assert set(ended) == {200, 429, 500}
    named = [one.strikes[0]["kind"] if one.strikes else "" for one in client.sandbox.world.journal.entries]
    assert named == [{200: "", 429: "throttle", 500: "server-error"}[int(status)] for status in ended]
