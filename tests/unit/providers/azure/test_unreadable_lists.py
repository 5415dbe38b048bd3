"""A list that cannot be read is no empty list: from an empty one absence would be concluded, and something sent."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from drd.domain.errors import UNREADABLE, TransientError
from drd.ports.backups import BACKUPS
from drd.ports.groups import GROUPS
from drd.ports.machines import MACHINES
from drd.ports.replication import REPLICATION
from drd.providers.azure.rest import Reply, _values
from tests.unit.providers.azure.conftest import Bench
from tests.unit.providers.azure.scripted import SUB, Says


@pytest.mark.parametrize("body", [{}, {"value": 7}, {"value": None}, {"value": {"a": 1}}, {"other": []}])
def test_a_page_without_a_list_is_asked_for_again(body: dict[str, Any]) -> None:
    """Transient, with a hint, and never an answer."""
    with pytest.raises(TransientError) as refusal:
        _values(Reply(status=200, body=body), "list jobs", "vault")
    assert refusal.value.hint
    assert refusal.value.code == UNREADABLE


def test_a_page_with_an_empty_list_is_empty() -> None:
    """That is an answer."""
    assert _values(Reply(status=200, body={"value": []}), "list jobs", "vault") == []


ODD: list[dict[str, Any]] = [{}, {"other": []}, {"error": {"code": "x"}}, {"value": None}]
LISTS: dict[str, Callable[[Bench], Awaitable[object]]] = {
    "jobs of backup": lambda bench: bench.provider.capability(BACKUPS).jobs(bench.vault),
    "backed up items": lambda bench: bench.provider.capability(BACKUPS).items(bench.vault),
    "replicated items": lambda bench: bench.provider.capability(REPLICATION).items(bench.vault),
    "disks": lambda bench: bench.provider.capability(MACHINES).disks(bench.group),
    "groups": lambda bench: bench.provider.capability(GROUPS).list(SUB),
    "resources": lambda bench: bench.provider.capability(GROUPS).resources(bench.group),
}


@pytest.mark.anyio
@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize("which", sorted(LISTS))
async def test_no_list_of_the_sdk_is_empty_because_its_answer_is_odd(
    bench: Bench, which: str, body: dict[str, Any]
) -> None:
    """The SDK takes a body without a list for an empty page; it is asked for again, and never concluded from."""
    bench.azure.on("GET", "/subscriptions", Says(200, body))

    with pytest.raises(TransientError) as refusal:
        await LISTS[which](bench)

    assert refusal.value.code == UNREADABLE
    assert len(bench.azure.asked) > 1
