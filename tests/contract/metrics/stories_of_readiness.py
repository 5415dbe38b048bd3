"""What the alerts on readiness are about."""

from tests.contract.metrics.trial import Story, ago, always

WHO = {"tenant": "voorbeeld", "runbook": "burgerzaken"}
RUNBOOK = '{tenant="voorbeeld",runbook="burgerzaken"}'
READY = 'drd_service_ready{tenant="voorbeeld",service="burgerzaken"}'
CHECKED = f"drd_readiness_last_check_timestamp_seconds{RUNBOOK}"
CHANGED = f"drd_runbook_changed_since_drill{RUNBOOK}"


def not_ready(tier: str, severity: str) -> Story:
    """Tell of a service of a tier that could not be recovered now."""
    info = f'drd_service_info{{tenant="voorbeeld",service="burgerzaken",tier="{tier}",owner="team",runbook="b"}}'
    return Story(
        alert="DrdNotReady",
        labels={"severity": severity, "tenant": "voorbeeld", "service": "burgerzaken"},
        after=32,
        bad={READY: always(0), info: always(1)},
        good={READY: always(1), info: always(1)},
        # Nobody looked yet: unknown is told as 0, and is not good.
        never={READY: always(0), info: always(1)},
        never_fires=True,
    )


def cores(kind: str) -> str:
    """Give a series of the quota."""
    labels = f'tenant="voorbeeld",region="northeurope",family="Dsv5",kind="{kind}"'
    return f"drd_recovery_quota_cores{{{labels}}}"


STORIES = (
    not_ready("0", "critical"),
    not_ready("2", "warning"),
    Story(
        alert="DrdReadinessStale",
        labels={"severity": "warning", **WHO},
        after=64,
        bad={CHECKED: ago(2760)},
        good={CHECKED: ago(2700)},
        # The runbook is there and its readiness was never asked; that is 45 minutes after the tool's beginning of time.
        never={'drd_runbook_info{tenant="voorbeeld",runbook="burgerzaken",service="b",digest="x"}': always(1)},
        never_fires=True,
    ),
    Story(
        alert="DrdRecoveryQuotaShort",
        labels={"severity": "warning", "tenant": "voorbeeld", "region": "northeurope", "family": "Dsv5"},
        after=32,
        bad={cores("needed"): always(21), cores("limit"): always(40), cores("used"): always(20)},
        good={cores("needed"): always(20), cores("limit"): always(40), cores("used"): always(20)},
        never={cores("limit"): always(40), cores("used"): always(20)},
    ),
    Story(
        alert="DrdRunbookChangedSinceDrill",
        labels={"severity": "info", **WHO},
        after=62,
        bad={CHANGED: always(1)},
        good={CHANGED: always(0)},
    ),
)
