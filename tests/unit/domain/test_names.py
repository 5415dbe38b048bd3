"""ARM ids, texts in languages, actors and what the catalogue holds."""

from datetime import timedelta

import pytest

from drd.domain.errors import ForbiddenError, PermanentError
from drd.domain.estate import Contact, Mechanism, Objectives, Service, Tenant
from drd.domain.ids import ArmId, ItemId, ServiceId, TenantId
from drd.domain.language import Language, Text
from tests.fakes.engine_house import machine

DISK = "/subscriptions/S1/resourceGroups/rg-a/providers/Microsoft.Compute/disks/d1"


def test_an_arm_id_knows_its_parts_and_ignores_case() -> None:
    """ARM answers in mixed casing."""
    disk = ArmId.parse(DISK + "/")

    assert (disk.subscription, disk.resource_group, disk.name, disk.kind) == (
        "S1",
        "rg-a",
        "d1",
        "Microsoft.Compute/disks",
    )
    assert disk == ArmId(DISK.upper().replace("/SUBSCRIPTIONS", "/subscriptions"))
    assert disk != DISK
    assert len({disk, ArmId(DISK.lower())}) == 1
    assert str(disk) == DISK
    assert disk.key == DISK.casefold()
    assert str(disk.group_id) == "/subscriptions/S1/resourceGroups/rg-a"


def test_a_subscription_and_a_group_are_arm_ids_too() -> None:
    """Without a type of their own."""
    group = ArmId.parse("/subscriptions/S1/resourceGroups/rg-a")

    assert (group.kind, group.name) == ("", "rg-a")
    assert ArmId.parse("/subscriptions/S1").resource_group == ""
    assert (ArmId("odd").subscription, ArmId("odd").resource_group) == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vm-1",
        "/subscriptions/",
        "/subscriptions/s//x",
        "/subscriptions/{s}",
        f"{DISK}/extra",
        "/subscriptions/s/x/y",
    ],
)
def test_what_is_no_arm_id_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(PermanentError) as refused:
        ArmId.parse(text)
    assert refused.value.code == "invalid-arm-id"


def test_a_text_falls_back_to_dutch_and_knows_what_is_missing() -> None:
    """The one language that every text has."""
    text = Text(nl="Hallo", en="Hello")

    assert [text.say(language) for language in Language] == ["Hallo", "Hello", "Hallo"]
    assert text.missing() == (Language.FR,)
    assert Text.from_json(text.to_json()) == text


def test_the_estate_finds_what_it_holds() -> None:
    """By id, by label, by mechanism."""
    item = machine("vm-1")
    service = Service(
        id=ServiceId("databank"),
        name=Text(nl="Databank"),
        tier=1,
        objectives=Objectives(rpo=None, rto=timedelta(hours=1)),
        items=(item,),
    )
    tenant = Tenant(
        id=TenantId("voorbeeld"),
        name=Text(nl="Voorbeeld"),
        home_region="westeurope",
        recovery_region="northeurope",
        subscriptions=("s",),
        contacts=(Contact(id="crisisteam", name=Text(nl="Crisiscel")),),
        services=(service,),
    )

    assert tenant.service(ServiceId("databank")) is service
    assert tenant.service(ServiceId("none")) is None
    assert tenant.contact("crisisteam") is tenant.contacts[0]
    assert tenant.contact("none") is None
    assert service.item(ItemId("vm-1")) is item
    assert service.selected({}) == (item,)
    assert service.selected({"role": "app"}) == ()
    assert item.protected_by(Mechanism.SITE_RECOVERY) is item.protection[0]
    assert item.protected_by(Mechanism.BACKUP) is None


def test_an_error_says_what_failed_on_what_and_what_helps() -> None:
    """In one line, with its parts apart."""
    error = ForbiddenError("not allowed", target="r-1", hint="ask")

    assert str(error) == "not allowed (r-1). Hint: ask"
    assert error.code == "forbidden"
