"""What the alerts on objectives are about."""

from tests.contract.metrics.trial import Story, ago, always

WHO = {"tenant": "voorbeeld", "service": "burgerzaken"}
SERVICE = '{tenant="voorbeeld",service="burgerzaken"}'
DRILL = '{tenant="voorbeeld",service="burgerzaken",mode="drill"}'
FAILOVER = '{tenant="voorbeeld",service="burgerzaken",mode="failover"}'
NINETY = '{tenant="voorbeeld",service="burgerzaken",percentile="90"}'

POINT = f"drd_service_recovery_point_timestamp_seconds{SERVICE}"
RPO = f"drd_service_rpo_objective_seconds{SERVICE}"
RTO = f"drd_service_rto_objective_seconds{SERVICE}"
INTERVAL = f"drd_service_drill_interval_objective_seconds{SERVICE}"
HALF_LIFE = f"drd_service_proof_half_life_seconds{SERVICE}"
PROVEN = f"drd_service_proven_recovery_point_timestamp_seconds{SERVICE}"
DRILLED = f"drd_service_last_recovery_success_timestamp_seconds{DRILL}"


def took(mode: str) -> str:
    """Give the series of what a recovery took."""
    return f"drd_service_achieved_recovery_time_seconds{mode}"


def ended(mode: str) -> str:
    """Give the series of when a recovery ended."""
    return f"drd_service_last_recovery_timestamp_seconds{mode}"


def verdict(word: str) -> str:
    """Give the series of a verdict."""
    return f'drd_service_drill_verdict{{tenant="voorbeeld",service="burgerzaken",verdict="{word}"}}'


def protection(mechanism: str, state: str) -> str:
    """Give the series of a state of protection."""
    return f'drd_item_protection_state{{tenant="voorbeeld",item="vm-sql",mechanism="{mechanism}",state="{state}"}}'


def replication(state: str) -> Story:
    """Tell of an item whose replication is in a state."""
    series = protection("site-recovery", state)
    return Story(
        alert="DrdReplicationUnhealthy",
        labels={"severity": state, "tenant": "voorbeeld", "item": "vm-sql"},
        after=17,
        bad={series: always(1)},
        good={series: always(0), protection("backup", state): always(1)},
        never={protection("site-recovery", "unknown"): always(1)},
    )


def safeguard(name: str, severity: str) -> Story:
    """Tell of a vault without a safeguard."""
    series = f'drd_vault_safeguard_enabled{{tenant="voorbeeld",vault="kluis",safeguard="{name}"}}'
    return Story(
        alert="DrdVaultSafeguardOff",
        labels={"severity": severity, "tenant": "voorbeeld", "vault": "kluis", "safeguard": name},
        after=32,
        bad={series: always(0)},
        good={series: always(1)},
        # What Azure did not say has no series.
        never={},
    )


STORIES = (
    Story(
        alert="DrdRecoveryPointObjectiveBreached",
        labels={"severity": "critical", **WHO},
        after=17,
        bad={POINT: ago(610), RPO: always(600)},
        good={POINT: ago(600), RPO: always(600)},
        # An objective of 10 s, because the clock of the tool begins at 0, which stands for never.
        never={POINT: always(0), RPO: always(10)},
        never_fires=True,
    ),
    Story(
        alert="DrdRecoveryPointObjectiveAtRisk",
        labels={"severity": "warning", **WHO},
        after=32,
        bad={POINT: ago(5000), RPO: always(6000)},
        good={POINT: ago(4600), RPO: always(6000)},
        never={POINT: always(0), RPO: always(10)},
    ),
    Story(
        alert="DrdRecoveryTimeObjectiveMissed",
        labels={"severity": "warning", **WHO},
        after=7,
        # A failover of yesterday that kept the objective does not hide the drill of today that missed it.
        bad={
            RTO: always(600),
            took(DRILL): always(700),
            ended(DRILL): always(200),
            took(FAILOVER): always(500),
            ended(FAILOVER): always(100),
        },
        # And one that was missed does not last beyond the next that was kept.
        good={
            RTO: always(600),
            took(DRILL): always(600),
            ended(DRILL): always(200),
            took(FAILOVER): always(900),
            ended(FAILOVER): always(100),
        },
        never={RTO: always(600), ended(DRILL): always(0), ended(FAILOVER): always(0)},
    ),
    Story(
        alert="DrdRecoveryTimeForecastAtRisk",
        labels={"severity": "warning", **WHO},
        after=17,
        bad={f"drd_service_forecast_recovery_duration_seconds{NINETY}": always(700), RTO: always(600)},
        good={f"drd_service_forecast_recovery_duration_seconds{NINETY}": always(600), RTO: always(600)},
        never={RTO: always(600)},
    ),
    Story(
        alert="DrdDrillOverdue",
        labels={"severity": "warning", **WHO},
        after=62,
        bad={DRILLED: ago(700), INTERVAL: always(600), RTO: always(60)},
        good={DRILLED: ago(500), INTERVAL: always(600), RTO: always(60)},
        # No series of drills at all; one that is 0 says the same.
        never={INTERVAL: always(10), RTO: always(60)},
        never_fires=True,
    ),
    Story(
        alert="DrdDrillFailed",
        labels={"severity": "warning", **WHO, "verdict": "leftover"},
        after=7,
        bad={verdict("leftover"): always(1), verdict("passed"): always(0)},
        good={verdict("leftover"): always(0), verdict("objective-missed"): always(1)},
        never={verdict("unconfirmed"): always(1), verdict("failed"): always(0)},
    ),
    Story(
        alert="DrdRecoveryPointUnproven",
        labels={"severity": "warning", **WHO},
        after=62,
        bad={PROVEN: ago(700), HALF_LIFE: always(600), POINT: ago(60)},
        good={PROVEN: ago(500), HALF_LIFE: always(600), POINT: ago(60)},
        never={HALF_LIFE: always(10), POINT: ago(60)},
        never_fires=True,
    ),
    Story(
        alert="DrdItemUnprotected",
        labels={"severity": "critical", "tenant": "voorbeeld", "item": "vm-sql", "mechanism": "backup"},
        after=17,
        bad={protection("backup", "unprotected"): always(1)},
        good={protection("backup", "unprotected"): always(0), protection("backup", "ok"): always(1)},
        never={protection("backup", "unprotected"): always(0), protection("backup", "unknown"): always(1)},
    ),
    replication("critical"),
    replication("warning"),
    safeguard("immutability", "critical"),
    safeguard("cross_region_restore", "warning"),
)
