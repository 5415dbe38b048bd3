"""Azure's own verdict on a vault, from its posture: `secureScore` and `bcdrSecurityLevel`.

Recorded: soft delete on but not for good, no immutability, no second person gives None and Poor, whatever the
redundancy. The other steps are inferred from what the documentation asks of each level.
"""

from drd.sandbox.wire import JsonObject

SCORES = ("None", "Minimum", "Adequate", "Maximum")
LEVELS = ("Poor", "Fair", "Good", "Excellent")


def verdict(properties: JsonObject) -> JsonObject:
    """Return the two members; nothing for a vault that shows no security settings."""
    security = properties.get("securitySettings")
    if security is None:
        return {}
    step = _step(security)
    return {"secureScore": SCORES[step], "bcdrSecurityLevel": LEVELS[min(3, step + _bonus(step, properties))]}


def _step(security: JsonObject) -> int:
    """Return the step of the ladder: one guard is Minimum, two are Adequate, all three for good are Maximum."""
    immutable = str(security.get("immutabilitySettings", {}).get("state", "Disabled"))
    for_good = security.get("softDeleteSettings", {}).get("softDeleteState") == "AlwaysON"
    second_person = security.get("multiUserAuthorization") == "Enabled"
    guards = (immutable in {"Unlocked", "Locked"}) + for_good + second_person
    return 3 if guards == len(SCORES) - 1 and immutable == "Locked" else min(2, guards)


def _bonus(step: int, properties: JsonObject) -> int:
    """Return one step more for copies that can be restored in the paired region, if they are guarded at all."""
    redundancy = properties.get("redundancySettings", {})
    return int(bool(step) and redundancy.get("crossRegionRestore") == "Enabled")
