"""Requests that are wrong before any service sees them: status and code as Resource Manager gives them."""

from typing import Any

import pytest

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-databank"
COMPUTE = f"{GROUP}/providers/Microsoft.Compute"
VM = f"{COMPUTE}/virtualMachines/vm-db-1"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
OK = "api-version=2025-04-01"


def _refusal(answer: Any) -> tuple[int, str]:
    return answer.status, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("GET", VM, 400, "MissingApiVersionParameter"),
        ("GET", f"{VM}?api-version=", 400, "MissingApiVersionParameter"),
        ("GET", f"{VM}?api-version=latest", 400, "InvalidApiVersionParameter"),
        ("GET", f"{VM}?api-version=2026-4-1", 400, "InvalidApiVersionParameter"),
        ("GET", f"{VM}?api-version=1999-01-01", 400, "NoRegisteredProviderFound"),
        ("GET", f"{VM}?api-version=2099-01-01", 400, "NoRegisteredProviderFound"),
        ("GET", f"{COMPUTE}/disks?{OK}", 400, "NoRegisteredProviderFound"),
        ("GET", f"{NETWORK}/virtualNetworks?api-version=2018-05-02", 400, "NoRegisteredProviderFound"),
        ("GET", f"{SUBSCRIPTION}?api-version=2099-01-01", 400, "InvalidApiVersionParameter"),
        ("GET", f"{GROUP}?api-version=2011-01-01", 400, "InvalidApiVersionParameter"),
        ("GET", f"{GROUP}/providers/Microsoft.Weather/clouds/one?{OK}", 404, "InvalidResourceNamespace"),
        ("GET", f"{SUBSCRIPTION}/providers/Microsoft.Weather/clouds?{OK}", 404, "InvalidResourceNamespace"),
        ("GET", f"{COMPUTE}/clouds/one?{OK}", 404, "InvalidResourceType"),
        ("GET", f"{COMPUTE}/clouds?{OK}", 404, "InvalidResourceType"),
        ("POST", f"{VM}?{OK}", 405, "MethodNotAllowed"),
        ("DELETE", f"{COMPUTE}/virtualMachines?{OK}", 405, "MethodNotAllowed"),
        ("POST", f"{VM}/dance?{OK}", 404, "NotFound"),
        ("GET", f"/msi/elsewhere?{OK}", 404, "MissingSubscription"),
        ("GET", "/subscriptions/voorbeeld?api-version=2022-12-01", 400, "InvalidSubscriptionId"),
        (
            "GET",
            "/subscriptions/00000000-0000-0000-0000-0000000000ff/resourceGroups?api-version=2022-09-01",
            404,
            "SubscriptionNotFound",
        ),
        ("GET", f"{SUBSCRIPTION}/resourceGroups/rg-none?{OK}", 404, "ResourceGroupNotFound"),
        ("GET", f"{COMPUTE}/virtualMachines/none?{OK}", 404, "ResourceNotFound"),
        ("GET", f"{COMPUTE}/virtualMachines?{OK}&$skipToken=nonsense", 400, "InvalidQueryParameter"),
        ("GET", f"{COMPUTE}/virtualMachines?{OK}&$skipToken=-1", 400, "InvalidQueryParameter"),
    ],
)
def test_a_wrong_address_is_refused(bench: Any, method: str, address: str, status: int, code: str) -> None:
    """Version, namespace, type, method, subscription, group, resource."""
    assert _refusal(bench.send(method, address)) == (status, code)


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "InvalidRequestContent"),
        (b"[]", {}, 400, "InvalidRequestContent"),
        (b'"text"', {}, 400, "InvalidRequestContent"),
        (b"\xff", {}, 400, "InvalidRequestContent"),
        (b"[" * 100_000, {}, 400, "InvalidRequestContent"),
        (b"<xml/>", {"content-type": "text/xml"}, 415, "UnsupportedMediaType"),
        (b"location=northeurope", {"content-type": "application/x-www-form-urlencoded"}, 415, "UnsupportedMediaType"),
        (b" " * 4 * 1024 * 1024 + b"{}", {}, 413, "RequestContentTooLarge"),
        (b'{"location": "northeurope", "tags": {"a": 1}}', {}, 400, "InvalidRequestContent"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_refused_and_changes_nothing(
    bench: Any, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    """JSON objects only, of a size that is taken."""
    sent = {name.replace("-", "_"): value for name, value in headers.items()}
    answer = bench.send("PUT", f"{SUBSCRIPTION}/resourceGroups/rg-new?{OK}", body, **sent)

    assert _refusal(answer) == (status, code)
    assert bench.built.world.journal.effects() == []


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (f"{SUBSCRIPTION}/resourceGroups/rg-new.?{OK}", "InvalidResourceGroup"),
        (f"{SUBSCRIPTION}/resourceGroups/rg%20new?{OK}", "InvalidResourceGroup"),
        (f"{SUBSCRIPTION}/resourceGroups/{'g' * 91}?{OK}", "InvalidResourceGroup"),
        (f"{COMPUTE}/virtualMachines/-vm?{OK}", "InvalidParameter"),
        (f"{COMPUTE}/virtualMachines/vm.?{OK}", "InvalidParameter"),
        (f"{COMPUTE}/disks/{'d' * 81}?api-version=2026-03-02", "InvalidParameter"),
        (f"{NETWORK}/networkInterfaces/nic-?api-version=2025-05-01", "InvalidResourceName"),
        (f"{NETWORK}/networkSecurityGroups/a%3Cb?api-version=2025-05-01", "InvalidResourceName"),
    ],
)
def test_a_name_that_breaks_the_rules_is_refused_in_the_words_of_its_service(
    bench: Any, address: str, code: str
) -> None:
    """Only where it is created; a read of such a name finds nothing."""
    assert _refusal(bench.send("PUT", address, {"location": "westeurope"})) == (400, code)


def test_the_supported_versions_are_named_newest_first(bench: Any) -> None:
    """People take the first."""
    message = bench.send("GET", f"{COMPUTE}/disks?{OK}").json()["error"]["message"]

    assert "for type 'disks'" in message
    assert "The supported api-versions are '2026-03-02,2025-01-02," in message


def test_a_method_that_is_refused_comes_with_those_that_are_allowed(bench: Any) -> None:
    """In the header that HTTP has for it."""
    assert bench.send("POST", f"{VM}?{OK}").headers["allow"] == "DELETE, GET, PATCH, PUT"


def test_every_answer_tells_what_is_left_also_a_refusal(bench: Any) -> None:
    """Resource Manager's headers on what it or a service refuses."""
    answer = bench.send("GET", f"{COMPUTE}/virtualMachines/none?{OK}")

    assert answer.status == 404
    assert answer.headers["x-ms-ratelimit-remaining-subscription-reads"] == "249"
    assert answer.headers["x-ms-ratelimit-remaining-resource"].startswith("Microsoft.Compute/LowCostGet3Min;3999")


def test_too_many_requests_are_refused_with_the_time_to_wait(bench: Any) -> None:
    """And are taken again when that time has passed in the world."""
    answers = [bench.send("GET", f"{GROUP}?{OK}") for _ in range(251)]
    refused = answers[-1]

    assert [one.status for one in answers[:250]] == [200] * 250
    assert _refusal(refused) == (429, "SubscriptionRequestsThrottled")
    assert refused.headers["retry-after"] == "1"
    bench.advance(seconds=1)
    assert bench.send("GET", f"{GROUP}?{OK}").status == 200
