"""What the settings name is there, and no label of metrics gets too many values."""

import pathlib
from dataclasses import replace

import pytest

from drd.domain.estate import Tenant
from drd.domain.ids import TenantId
from drd.settings import bounds
from drd.settings.bounds import MOST, faults_of_bounds
from drd.settings.settings import Settings, read_settings
from tests.fakes.small_estate import item, service, tenant

TEXT = """drd: settings/v1
catalogue: catalogue
runbooks: runbooks
metrics: {items: all}
roles:
  - {user: root, role: viewer, tenants: [voorbeeld, voorbeld]}
"""


def settings(folder: pathlib.Path, text: str = TEXT) -> Settings:
    """Write and read settings."""
    path = folder / "drd.yaml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path, {})


def faults(found: Settings, *tenants: Tenant) -> list[tuple[str, str, str]]:
    """Give line and column, message and hint of each."""
    return [
        (str(each.place).removeprefix(f"{found.path}:"), each.message, each.hint)
        for each in faults_of_bounds(found, tenants or (tenant(),))
    ]


def test_a_tenant_that_is_not_there_is_refused_where_it_stands(tmp_path: pathlib.Path) -> None:
    """With what was probably meant; one that is there is not."""
    found = settings(tmp_path)

    assert faults(found) == [("6:53", 'there is no tenant "voorbeld"', 'did you mean "voorbeeld"?')]
    assert faults(found, tenant(), tenant(name="voorbeld")) == []


@pytest.mark.parametrize(("many", "place"), [("services", "2:12"), ("municipalities", "2:12"), ("runbooks", "3:11")])
def test_a_label_of_too_many_values_is_refused(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, many: str, place: str
) -> None:
    """Services, tenants and runbooks stand in many families, and a monitor never forgets a value."""
    found = settings(tmp_path, TEXT.replace(", voorbeld", ""))
    lots = {
        "services": [tenant(*[service("website")] * MOST)],
        "municipalities": [tenant(service("website")), *[replace(tenant(), id=TenantId("elders"), services=())] * MOST],
        "runbooks": [tenant(service("website"))],
    }
    monkeypatch.setattr(bounds, "_files", lambda _folder: MOST if many == "runbooks" else 0)

    ((where, said, hint),) = faults(found, *lots[many])

    assert (where, many in said, "divide the municipalities" in hint) == (place, True, True)


def test_series_of_every_item_are_refused_where_there_are_too_many(tmp_path: pathlib.Path) -> None:
    """Only where they were asked for: left out, an estate of this size tells what is wrong."""
    items = [item("vm-app")] * MOST
    asked = settings(tmp_path, TEXT.replace(", voorbeld", ""))

    ((where, said, hint),) = faults(asked, tenant(service("website", *items)))
    assert (where, said) == ("4:18", f"series of {MOST:,} protected items are too many")
    assert "breaching" in hint

    left_out = settings(tmp_path, "drd: settings/v1\n")
    assert faults(left_out, tenant(service("website", *items))) == []
