"""A change is one request, and what is known of it afterwards is said exactly."""

import json
from datetime import timedelta

import aiohttp
import pytest

from drd.domain.errors import (
    AmbiguousError,
    ConflictError,
    DrdError,
    ForbiddenError,
    NotFoundError,
    PermanentError,
    RefusedError,
    TransientError,
)
from drd.domain.ids import ArmId
from drd.ports.groups import GROUPS
from drd.ports.machines import MACHINES
from drd.ports.networks import RECORDS, RecordSet
from tests.unit.providers.azure.conftest import Bench
from tests.unit.providers.azure.scripted import GROUP, Says, machine, refusal

pytestmark = pytest.mark.anyio

ZONE = ArmId(f"{GROUP}/providers/Microsoft.Network/dnsZones/voorbeeld.example")


async def _start(bench: Bench) -> object:
    return await bench.provider.capability(MACHINES).start(bench.machine, request_id="req-1")


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
async def test_a_post_that_failed_inside_azure_is_in_doubt_and_not_repeated(bench: Bench, status: int) -> None:
    """The SDK repeats it three times: a restore or failover could be triggered twice."""
    bench.azure.on("POST", "/start", refusal(status, "InternalServerError", retry_after="1"))

    with pytest.raises(AmbiguousError):
        await _start(bench)

    assert len(bench.azure.sent("POST")) == 1
    assert bench.clock.sleeps == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "BadRequest", PermanentError),
        (401, "InvalidAuthenticationToken", ForbiddenError),
        (403, "AuthorizationFailed", ForbiddenError),
        (404, "ResourceNotFound", NotFoundError),
        (409, "Conflict", ConflictError),
        (409, "AnotherOperationInProgress", TransientError),
        (412, "PreconditionFailed", ConflictError),
        (429, "TooManyRequests", TransientError),
        (307, "Redirect", PermanentError),
    ],
)
async def test_a_refusal_with_retry_after_is_sent_once_too(
    bench: Bench, status: int, code: str, kind: type[DrdError]
) -> None:
    """The SDK repeats whatever carries Retry-After, for every method; here the caller decides."""
    bench.azure.on("POST", "/start", refusal(status, code, retry_after="1", location="http://127.0.0.1:1/elsewhere"))

    with pytest.raises(kind) as refused:
        await _start(bench)

    assert type(refused.value) is kind
    assert len(bench.azure.asked) == 1


async def test_a_throttled_change_says_how_long_to_wait(bench: Bench) -> None:
    """429 proves that nothing was accepted."""
    bench.azure.on("POST", "/start", refusal(429, "TooManyRequests", retry_after="17"))

    with pytest.raises(TransientError) as throttled:
        await _start(bench)

    assert throttled.value.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("31536000", timedelta(minutes=15)),
        ("Fri, 20 Nov 2026 09:00:40 GMT", timedelta(seconds=40)),
        ("Fri, 20 Nov 2099 09:00:40 GMT", timedelta(minutes=15)),
        ("Fri, 20 Nov 2020 09:00:40 GMT", timedelta(0)),
        ("-5", None),
        ("soon", None),
        ("nan", None),
    ],
)
async def test_an_absurd_wait_is_not_believed(bench: Bench, said: str, wait: timedelta | None) -> None:
    """Seconds or a date, at most a quarter of an hour, and nothing for what cannot be read."""
    bench.azure.on("POST", "/start", refusal(429, "TooManyRequests", retry_after=said))

    with pytest.raises(TransientError) as throttled:
        await _start(bench)

    assert throttled.value.retry_after == wait


async def test_a_right_that_is_missing_is_named_in_the_hint(bench: Bench) -> None:
    """A responder can hand the line to whoever assigns roles."""
    action = "Microsoft.Compute/virtualMachines/start/action"
    message = f"The client 'x' does not have authorization to perform action '{action}' over scope '/s'."
    bench.azure.on("POST", "/start", refusal(403, "AuthorizationFailed", message))

    with pytest.raises(ForbiddenError) as forbidden:
        await _start(bench)

    assert action in forbidden.value.hint


async def test_a_token_that_azure_refused_is_not_kept(bench: Bench) -> None:
    """It may be valid for a day by its own word; a retry by hand must be able to help."""
    bench.azure.on("POST", "/start", refusal(401, "InvalidAuthenticationToken"), Says(200))

    with pytest.raises(ForbiddenError):
        await _start(bench)
    await _start(bench)

    assert (len(bench.azure.sent("POST")), bench.azure.tokens) == (2, 2)


async def test_a_provider_that_is_not_registered_is_told_and_never_registered(bench: Bench) -> None:
    """The SDK would register it, waiting outside of our clock; a recovery tool says so instead."""
    bench.azure.on("POST", "/start", refusal(409, "MissingSubscriptionRegistration"))

    with pytest.raises(ConflictError) as conflict:
        await _start(bench)

    assert "register" in conflict.value.hint
    assert len(bench.azure.asked) == 1


@pytest.mark.parametrize("lost", [aiohttp.ServerDisconnectedError(), TimeoutError(), ConnectionResetError("reset")])
async def test_a_change_whose_answer_was_lost_is_in_doubt(bench: Bench, lost: Exception) -> None:
    """The SDK calls some of these request errors, as if nothing had left."""
    bench.azure.on("POST", "/start", Says(error=lost))

    with pytest.raises(AmbiguousError):
        await _start(bench)

    assert len(bench.azure.sent("POST")) == 1


async def test_a_question_whose_answer_was_lost_is_asked_again(bench: Bench) -> None:
    """Asking changes nothing."""
    bench.azure.on("GET", "/virtualMachines/vm-1", Says(error=aiohttp.ServerDisconnectedError()), machine("running"))

    found = await bench.provider.capability(MACHINES).get(bench.machine)

    assert found is not None
    assert found.power == "running"


async def test_a_question_is_given_up_after_five_times_in_world_time(bench: Bench) -> None:
    """Waits go through the clock, and grow."""
    bench.azure.on("GET", "/virtualMachines/vm-1", refusal(503, "ServiceUnavailable"))

    with pytest.raises(TransientError):
        await bench.provider.capability(MACHINES).get(bench.machine)

    assert len(bench.azure.sent("GET")) == 5
    assert [wait.total_seconds() for wait in bench.clock.sleeps] == [1, 2, 4, 8]


async def test_a_wait_beyond_two_minutes_is_left_to_the_caller(bench: Bench) -> None:
    """Not begun: the step knows better what it has time for."""
    bench.azure.on("GET", "/virtualMachines/vm-1", refusal(429, "TooManyRequests", retry_after="300"))

    with pytest.raises(TransientError) as throttled:
        await bench.provider.capability(MACHINES).get(bench.machine)

    assert throttled.value.retry_after == timedelta(seconds=300)
    assert bench.clock.sleeps == []


@pytest.mark.parametrize(
    "answer", [refusal(404, "SubscriptionNotFound"), Says(404, b"<html>no such page</html>"), Says(404)]
)
async def test_a_404_that_is_not_about_the_thing_is_no_proof_of_absence(bench: Bench, answer: Says) -> None:
    """A drill ends on the word "gone": a wrong subscription or a proxy's page must not say it."""
    bench.azure.on("GET", "/resourcegroups/rg-1", answer)
    bench.azure.on("DELETE", "/resourcegroups/rg-1", answer)
    groups = bench.provider.capability(GROUPS)

    with pytest.raises(PermanentError) as read:
        await groups.get(bench.group)
    with pytest.raises(PermanentError):
        await groups.delete(bench.group, request_id="req")

    assert not isinstance(read.value, NotFoundError)


async def test_a_404_with_azures_mark_is_absence_without_a_body_too(bench: Bench) -> None:
    """Some resource providers say no more."""
    bench.azure.on("GET", "/resourcegroups/rg-1", Says(404, None, {"x-ms-request-id": "1"}))

    assert await bench.provider.capability(GROUPS).get(bench.group) is None


async def test_an_accepted_change_with_an_unreadable_body_is_accepted(bench: Bench) -> None:
    """A 201 is a 201 whatever follows; the world is read back."""
    there = {"id": GROUP, "location": "weu", "properties": {"provisioningState": "Succeeded"}, "tags": {"a": "b"}}
    bench.azure.on("PUT", "/resourcegroups/rg-1", Says(201, b"{ broken"))
    bench.azure.on("GET", "/resourcegroups/rg-1", Says(200, there))

    made = await bench.provider.capability(GROUPS).create(
        bench.group, location="weu", tags={"a": "b"}, request_id="req"
    )

    assert (made.state, len(bench.azure.sent("PUT"))) == ("Succeeded", 1)


async def test_an_empty_record_set_is_refused_before_sending(bench: Bench) -> None:
    """It would take the name away from everybody who asks for it."""
    wanted = RecordSet(zone=ZONE, name="burgerzaken", kind="A", values=("",), ttl_seconds=60, etag="1")

    with pytest.raises(RefusedError):
        await bench.provider.capability(RECORDS).put(wanted, request_id="req")
    with pytest.raises(PermanentError):
        await bench.provider.capability(RECORDS).get(ZONE, "x", "MX")

    assert bench.azure.asked == []


@pytest.mark.parametrize(
    ("kind", "value", "member"),
    [
        ("A", "10.0.0.1", {"ARecords": [{"ipv4Address": "10.0.0.1"}]}),
        ("AAAA", "fd00::1", {"AAAARecords": [{"ipv6Address": "fd00::1"}]}),
        ("CNAME", "x.example", {"CNAMERecord": {"cname": "x.example"}}),
    ],
)
async def test_a_record_of_each_kind_is_written_and_read_back(
    bench: Bench, kind: str, value: str, member: dict[str, object]
) -> None:
    """What comes back is what stands there, with its new tag."""
    stands = {"etag": "w-2", "properties": {"TTL": 60, **member}}
    bench.azure.on("PUT", f"/{kind}/", Says(200, stands))
    bench.azure.on("GET", f"/{kind}/", Says(200, stands))
    wanted = RecordSet(zone=ZONE, name="b", kind=kind, values=(value,), ttl_seconds=60, etag="w-1")

    written = await bench.provider.capability(RECORDS).put(wanted, request_id="req")

    (put,) = bench.azure.sent("PUT")
    assert json.loads(put.body)["properties"] == {"TTL": 60, **member}
    assert (written.values, written.etag) == ((value,), "w-2")


async def test_an_alias_has_one_target(bench: Bench) -> None:
    """Refused before sending."""
    wanted = RecordSet(zone=ZONE, name="b", kind="CNAME", values=("a", "b"), ttl_seconds=60, etag="w-1")

    with pytest.raises(RefusedError):
        await bench.provider.capability(RECORDS).put(wanted, request_id="req")


@pytest.mark.parametrize(("etag", "header"), [("w-1", ("if-match", "w-1")), ("", ("if-none-match", "*"))])
async def test_a_record_is_written_under_a_condition_always(bench: Bench, etag: str, header: tuple[str, str]) -> None:
    """A concurrent change is never lost, and a record that appeared meanwhile never overwritten."""
    bench.azure.on("PUT", "/dnsZones/", refusal(412, "PreconditionFailed"))
    wanted = RecordSet(zone=ZONE, name="burgerzaken", kind="A", values=("10.0.0.1",), ttl_seconds=60, etag=etag)

    with pytest.raises(ConflictError):
        await bench.provider.capability(RECORDS).put(wanted, request_id="req")

    (put,) = bench.azure.sent("PUT")
    assert put.headers[header[0]] == header[1]
