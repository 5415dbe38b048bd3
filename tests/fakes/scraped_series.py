"""The series of a page, by name and labels."""

from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.busy_house import BusyHouse


async def series_of(house: BusyHouse, name: str) -> dict[frozenset[tuple[str, str]], float]:
    """Give the values of one name, by their labels."""
    return {
        frozenset(sample.labels.items()): sample.value
        for family in text_string_to_metric_families(await house.text())
        for sample in family.samples
        if sample.name == name
    }


async def values_of(house: BusyHouse, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Give the values of one name, by some of their labels."""
    found = await series_of(house, name)
    return {tuple(dict(key).get(label, "") for label in labels): value for key, value in found.items()}
