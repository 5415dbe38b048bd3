"""The inventory at scale: CI's share of the proof, with Azure's documented limits."""

from datetime import timedelta

from proofs.inventory import EVERY, Size, collected


def test_each_page_is_asked_for_once_and_nothing_is_refused() -> None:
    """160 items in 5 vaults, more than a collection beside runs may ask the points of: known after the second."""
    first, second = collected(Size(vaults=5, items_each=32, beside_runs=True), 2)

    assert first.good, first
    assert second.good, second
    assert (first.known, second.known) == (150, 160)
    assert sum(calls for name, calls in second.calls.items() if name.endswith("recoveryPoints/read")) == 150
    assert {name: second.calls[f"vaults/{name}/read"] for name in ("backupProtectedItems", "backupPolicies")} == {
        "backupProtectedItems": 4,
        "backupPolicies": 4,
    }
    assert max(first.took, second.took) <= EVERY
    assert max(first.cpu_seconds, second.cpu_seconds) < timedelta(minutes=1).total_seconds()
