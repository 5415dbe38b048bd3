"""Collected facts as JSON texts, and back."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from drd.domain.backup_policy import policy_of
from drd.domain.estate import Cleanliness, Mechanism, RecoveryPoint
from drd.domain.ids import ArmId, ItemId, ServiceId, TenantId
from drd.domain.vault_key import VaultKey
from drd.ports.inventory import ItemFacts, VaultFacts, VaultList
from drd.ports.vault_lists import Listed, ListKind
from drd.ports.vaults import VaultPosture
from drd.store.rows import instant, instant_text, json_text, known_text

_MILLISECOND = timedelta(milliseconds=1)
_POSTURE = (
    "location",
    "redundancy",
    "cross_region_restore",
    "soft_delete",
    "soft_delete_days",
    "immutability",
    "multi_user_authorization",
    "encryption_key",
    "public_access",
    "security_level",
    "secure_score",
)


def milliseconds(length: timedelta) -> int:
    """Give a length in whole milliseconds."""
    return length // _MILLISECOND


def item_text(facts: ItemFacts) -> str:
    """Write what was seen of an item, except for its points."""
    return json_text(
        {
            "tenant": facts.tenant,
            "service": facts.service,
            "item": facts.item,
            "mechanism": facts.mechanism.value,
            "seen-at": known_text(facts.seen_at),
            "state": facts.state,
            "note": facts.note,
            "replication-rpo-ms": None if facts.replication_rpo is None else milliseconds(facts.replication_rpo),
            "replication-rpo-at": instant_text(facts.replication_rpo_at),
            "last-backup-at": instant_text(facts.last_backup_at),
            "told-at": instant_text(facts.told_at),
            "policy": facts.policy,
        }
    )


def item_facts(text: str) -> ItemFacts:
    """Read what `item_text` wrote; the points of facts that were written before they stood apart are among them."""
    stored: dict[str, Any] = json.loads(text)
    rpo = stored["replication-rpo-ms"]
    return ItemFacts(
        tenant=TenantId(stored["tenant"]),
        service=ServiceId(stored["service"]),
        item=ItemId(stored["item"]),
        mechanism=Mechanism(stored["mechanism"]),
        seen_at=datetime.fromisoformat(stored["seen-at"]),
        state=stored["state"],
        points=tuple(_point(each) for each in stored.get("points", ())),
        points_total=stored.get("points-total", 0),
        note=stored["note"],
        replication_rpo=None if rpo is None else timedelta(milliseconds=rpo),
        replication_rpo_at=instant(stored["replication-rpo-at"]),
        last_backup_at=instant(stored["last-backup-at"]),
        told_at=instant(stored.get("told-at")),
        policy=stored.get("policy", ""),
    )


def points_text(points: tuple[RecoveryPoint, ...]) -> str:
    """Write an item's points."""
    return json_text([_point_json(point) for point in points])


def told_points(points: tuple[RecoveryPoint, ...]) -> tuple[RecoveryPoint, ...]:
    """Give the newest point, and the newest usable one of each consistency, newest first.

    Of a consistency without a usable one, its newest.
    """
    told: dict[str, RecoveryPoint] = {}
    for each in points:
        known = told.get(each.consistency)
        if known is None or (each.usable and not known.usable):
            told[each.consistency] = each
    others = (each for each in told.values() if each is not points[0])
    return tuple(sorted((*points[:1], *others), key=lambda point: point.time, reverse=True))


def points_of(text: str) -> tuple[RecoveryPoint, ...]:
    """Read what `points_text` wrote."""
    return tuple(_point(each) for each in json.loads(text))


def list_text(known: VaultList) -> str:
    """Write the lines of a vault's list."""
    entries = [_line_json(each) for each in known.entries]
    return json_text({"vault": known.vault.text, "entries": entries})


def vault_list(row: Mapping[Any, Any]) -> VaultList:
    """Read a row of vaults' lists."""
    stored: dict[str, Any] = json.loads(row["body"])
    return VaultList(
        tenant=TenantId(row["tenant"]),
        vault=ArmId(stored["vault"]),
        mechanism=Mechanism(row["mechanism"]),
        kind=ListKind(row["kind"]),
        asked_at=datetime.fromisoformat(row["asked_at"]),
        seen_at=instant(row["seen_at"]),
        trouble=row["trouble"],
        entries=tuple(map(_line, stored["entries"])),
        total=row["total"],
    )


def _line_json(line: Listed) -> dict[str, object]:
    written: dict[str, object] = {
        "name": line.name,
        "state": line.state,
        "about": line.about,
        "at": instant_text(line.at),
    }
    return {**written, "policy": line.policy.to_json()} if line.policy else written


def _line(stored: dict[str, Any]) -> Listed:
    return Listed(
        name=stored["name"],
        state=stored["state"],
        about=stored["about"],
        at=instant(stored["at"]),
        policy=policy_of(stored["policy"]) if "policy" in stored else None,
    )


def _point_json(point: RecoveryPoint) -> dict[str, object]:
    return {
        "id": point.id,
        "time": known_text(point.time),
        "consistency": point.consistency,
        "region": point.region,
        "usable": point.usable,
        "cleanliness": point.cleanliness.value,
        "tiers": list(point.tiers),
    }


def _point(stored: dict[str, Any]) -> RecoveryPoint:
    return RecoveryPoint(
        id=stored["id"],
        time=datetime.fromisoformat(stored["time"]),
        consistency=stored["consistency"],
        region=stored["region"],
        usable=stored["usable"],
        # What was written before this was known says nothing of it.
        cleanliness=Cleanliness(stored.get("cleanliness", Cleanliness.UNKNOWN)),
        tiers=tuple(stored.get("tiers", ())),
    )


def vault_text(facts: VaultFacts) -> str:
    """Write what was seen of a vault."""
    posture = {name: getattr(facts.posture, name) for name in _POSTURE} | {"key": _key_json(facts.posture.key)}
    stored = {"tenant": facts.tenant, "id": facts.posture.id.text, "seen-at": known_text(facts.seen_at)}
    return json_text({**stored, "posture": posture})


def vault_facts(text: str) -> VaultFacts:
    """Read what `vault_text` wrote."""
    stored: dict[str, Any] = json.loads(text)
    return VaultFacts(
        tenant=TenantId(stored["tenant"]),
        posture=VaultPosture(**{**stored["posture"], "id": ArmId(stored["id"]), "key": _key(stored["posture"])}),
        seen_at=datetime.fromisoformat(stored["seen-at"]),
    )


def _key_json(key: VaultKey | None) -> dict[str, object] | None:
    if key is None:
        return None
    return {
        "enabled": key.enabled,
        "deleted": key.deleted,
        "begins-at": instant_text(key.begins_at),
        "ends-at": instant_text(key.ends_at),
        "purge-protected": key.purge_protected,
    }


def _key(posture: dict[str, Any]) -> VaultKey | None:
    stored = posture.get("key")
    if stored is None:
        return None
    return VaultKey(
        enabled=stored["enabled"],
        deleted=stored["deleted"],
        begins_at=instant(stored["begins-at"]),
        ends_at=instant(stored["ends-at"]),
        purge_protected=stored["purge-protected"],
    )
