"""Collected facts as JSON texts, and back."""

import json
from datetime import datetime, timedelta
from typing import Any

from drd.domain.estate import Cleanliness, Mechanism, RecoveryPoint
from drd.domain.ids import ArmId, ItemId, ServiceId, TenantId
from drd.ports.inventory import ItemFacts, VaultFacts
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
    """Write what was seen of an item."""
    return json_text(
        {
            "tenant": facts.tenant,
            "service": facts.service,
            "item": facts.item,
            "mechanism": facts.mechanism.value,
            "seen-at": known_text(facts.seen_at),
            "state": facts.state,
            "points": [_point_json(point) for point in facts.points],
            "points-total": facts.points_total,
            "note": facts.note,
            "replication-rpo-ms": None if facts.replication_rpo is None else milliseconds(facts.replication_rpo),
            "replication-rpo-at": instant_text(facts.replication_rpo_at),
            "last-backup-at": instant_text(facts.last_backup_at),
        }
    )


def item_facts(text: str) -> ItemFacts:
    """Read what `item_text` wrote."""
    stored: dict[str, Any] = json.loads(text)
    rpo = stored["replication-rpo-ms"]
    return ItemFacts(
        tenant=TenantId(stored["tenant"]),
        service=ServiceId(stored["service"]),
        item=ItemId(stored["item"]),
        mechanism=Mechanism(stored["mechanism"]),
        seen_at=datetime.fromisoformat(stored["seen-at"]),
        state=stored["state"],
        points=tuple(_point(each) for each in stored["points"]),
        points_total=stored["points-total"],
        note=stored["note"],
        replication_rpo=None if rpo is None else timedelta(milliseconds=rpo),
        replication_rpo_at=instant(stored["replication-rpo-at"]),
        last_backup_at=instant(stored["last-backup-at"]),
    )


def _point_json(point: RecoveryPoint) -> dict[str, object]:
    return {
        "id": point.id,
        "time": known_text(point.time),
        "consistency": point.consistency,
        "region": point.region,
        "usable": point.usable,
        "cleanliness": point.cleanliness.value,
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
    )


def vault_text(facts: VaultFacts) -> str:
    """Write what was seen of a vault."""
    posture = {name: getattr(facts.posture, name) for name in _POSTURE}
    stored = {"tenant": facts.tenant, "id": facts.posture.id.text, "seen-at": known_text(facts.seen_at)}
    return json_text({**stored, "posture": posture})


def vault_facts(text: str) -> VaultFacts:
    """Read what `vault_text` wrote."""
    stored: dict[str, Any] = json.loads(text)
    return VaultFacts(
        tenant=TenantId(stored["tenant"]),
        posture=VaultPosture(id=ArmId(stored["id"]), **stored["posture"]),
        seen_at=datetime.fromisoformat(stored["seen-at"]),
    )
