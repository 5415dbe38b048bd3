"""Routes, api-versions, bodies, paging, throttled answers and the journal."""

from typing import Any

import pytest

VM = "rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
API = "api-version=2025-04-01"
DISK_API = "api-version=2026-03-02"
NOBODYS = "00000000-0000-0000-0000-0000000000ff"


def error_of(answer: Any) -> tuple[int, str]:
    """Return status and code of a refusal."""
    return answer.status, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (VM, 400, "MissingApiVersionParameter"),
        (f"{VM}?api-version=latest", 400, "InvalidApiVersionParameter"),
        (f"{VM}x?{API}", 404, "ResourceNotFound"),
        (f"rg-nergens/providers/Microsoft.Compute/virtualMachines/vm-db-1?{API}", 404, "ResourceGroupNotFound"),
        (f"rg-databank/providers/Microsoft.Weather/clouds/one?{API}", 404, "InvalidResourceNamespace"),
        (f"/subscriptions/{NOBODYS}/resourceGroups?{API}", 404, "SubscriptionNotFound"),
        (f"rg-databank/providers/Microsoft.Compute/disks?{DISK_API}&$skipToken=x", 400, "InvalidQueryParameter"),
        (f"{SUBSCRIPTION}/resources?{API}&$filter=x", 400, "InvalidFilterInQueryString"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_refused_in_azure_s_words(bench: Any, path: str, status: int, code: str) -> None:
    """Status and code are those that clients classify by."""
    assert error_of(bench.send("GET", path)) == (status, code)


def test_literal_segments_match_in_any_case_and_the_id_keeps_its_first_casing(bench: Any) -> None:
    """Ids are echoed as they were created, whoever asks how."""
    shouted = bench.send("GET", f"{VM.upper()}?{API}".replace(API.upper(), API))

    assert shouted.json()["id"].endswith("/rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1")


def test_a_method_that_an_address_does_not_know_is_405(bench: Any) -> None:
    """The address exists, so it is not 404."""
    assert error_of(bench.send("POST", f"{VM}?{API}")) == (405, "MethodNotAllowed")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused_and_changes_nothing(bench: Any, body: bytes) -> None:
    """400, and no effect in the journal."""
    answer = bench.send("PUT", f"rg-new?{API}", body)

    assert error_of(answer) == (400, "InvalidRequestContent")
    assert bench.built.world.journal.effects() == []


def test_every_request_is_journaled_once_with_what_it_set_in_motion(bench: Any) -> None:
    """The journal is the oracle of the tests of everything else."""
    bench.send(
        "PUT",
        f"rg-new?{API}",
        {"location": "northeurope"},
        x_ms_client_request_id="run-7",
        x_ms_correlation_request_id="c-1",
    )
    bench.advance(seconds=5)
    bench.send("GET", f"rg-new?{API}")

    first, second = bench.built.world.journal.entries
    assert [(one.number, one.method, one.status, len(one.effects)) for one in (first, second)] == [
        (1, "PUT", 201, 1),
        (2, "GET", 200, 0),
    ]
    assert (first.identity, first.client_request_id, first.correlation_id) == ("sandbox-owner", "run-7", "c-1")
    assert first.effects[0]["kind"] == "group.create"
    assert (second.at - first.at).total_seconds() == 5
    assert first.body_sha256 != second.body_sha256


def test_lists_come_in_pages_whose_links_lead_to_the_end(bench: Any) -> None:
    """`$top` gives the size; the links keep the filter."""
    path = f"rg-databank/providers/Microsoft.Compute/disks?{DISK_API}&$top=3"
    first = bench.send("GET", path).json()
    following = bench.send("GET", first["nextLink"].removeprefix("http://sandbox")).json()

    assert [len(first["value"]), len(following["value"])] == [3, 1]
    assert "nextLink" not in following


def test_a_fault_skips_counts_and_clears(bench: Any) -> None:
    """The second and the third matching call fail, the fourth does not."""
    order = {"path-contains": "vm-db-1", "status": 500, "code": "Boom", "skip": 1, "count": 2}
    bench.send("POST", "/_sandbox/faults", order)
    assert [bench.send("GET", f"{VM}?{API}").status for _ in range(4)] == [200, 500, 500, 200]

    bench.send("POST", "/_sandbox/faults", order)
    bench.send("DELETE", "/_sandbox/faults")
    assert [bench.send("GET", f"{VM}?{API}").status for _ in range(3)] == [200, 200, 200]


def test_a_region_that_hangs_asks_the_server_to_keep_its_caller_waiting(bench: Any) -> None:
    """In process the answer says so; over HTTP nothing comes."""
    bench.send("POST", "/_sandbox/region-down", {"region": "westeurope", "mode": "hang"})

    assert bench.send("GET", f"{VM}?{API}").hang
    assert bench.send("GET", f"rg-databank?{API}").status == 200


def test_a_region_declared_lost_for_later_is_up_until_then(bench: Any) -> None:
    """World time decides."""
    bench.send("POST", "/_sandbox/region-down", {"region": "westeurope", "at": "2026-11-20T09:10:00Z"})

    assert bench.send("GET", f"{VM}?{API}").status == 200
    bench.advance(minutes=11)
    assert error_of(bench.send("GET", f"{VM}?{API}")) == (503, "ServiceUnavailable")


def test_a_change_in_a_lost_group_is_refused_even_for_a_resource_elsewhere(bench: Any) -> None:
    """The group's metadata is kept in its region; reading the resource still works."""
    disk = {"location": "northeurope", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 4}}
    path = f"rg-databank/providers/Microsoft.Compute/disks/elsewhere?{DISK_API}"
    bench.send("PUT", path, disk)
    bench.send("POST", "/_sandbox/region-down", {"region": "westeurope"})

    assert bench.send("GET", path).status == 200
    assert bench.send("DELETE", path).status == 503


def test_nothing_is_made_in_a_group_that_is_being_deleted(bench: Any) -> None:
    """409 until the group is gone, then 404."""
    bench.send("DELETE", f"rg-databank-neu?{API}")
    disk = {"location": "northeurope", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 4}}
    path = f"rg-databank-neu/providers/Microsoft.Compute/disks/late?{DISK_API}"

    assert error_of(bench.send("PUT", path, disk)) == (409, "ResourceGroupBeingDeleted")
    bench.advance(seconds=91)
    assert error_of(bench.send("PUT", path, disk)) == (404, "ResourceGroupNotFound")


def test_deleting_a_group_twice_tells_of_one_deletion(bench: Any) -> None:
    """The second DELETE while the first runs starts nothing."""
    first = bench.send("DELETE", f"rg-databank-neu?{API}")
    second = bench.send("DELETE", f"rg-databank-neu?{API}")

    assert first.headers["location"] == second.headers["location"]
    assert first.headers["retry-after"] == "15"
    assert len(bench.built.world.journal.effects("group.delete")) == 1


def test_an_unknown_control_address_names_the_known_ones(bench: Any) -> None:
    """A mistake is answered with what would have worked."""
    answer = bench.send("GET", "/_sandbox/weather")

    assert answer.status == 404
    assert "POST /_sandbox/region-down" in answer.json()["error"]["message"]


def test_hidden_state_is_shown_to_tests(bench: Any) -> None:
    """Who created what, and the lineage of disks."""
    shown = {one["id"].rsplit("/", 1)[-1]: one for one in bench.send("GET", "/_sandbox/resources").json()["resources"]}

    assert shown["vm-db-1-data"]["hidden"]["lineage"].endswith("/vm-db-1")
    assert shown["vm-db-1-data"]["created-by"] == "azure"
