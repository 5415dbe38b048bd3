"""What the alerts on drd itself are about."""

from tests.contract.metrics.trial import Counting, Series, Story, Value, ago, ahead, always

UP = "up{}"
LEASE = 'drd_lease_held{lease="exporter"}'
READABLE = "drd_store_readable{}"
BEAT = 'drd_heartbeat_timestamp_seconds{loop="leases"}'
SUCCESS = 'drd_collector_last_success_timestamp_seconds{tenant="voorbeeld",collector="backup"}'
SERVICE = 'drd_service_info{tenant="voorbeeld",service="burgerzaken",tier="1",owner="team",runbook="b"}'
EXPIRY = 'drd_credential_expiry_timestamp_seconds{credential="drd-standing"}'
THROTTLED = 'drd_arm_throttled_seconds_total{provider="Microsoft.Compute"}'
SETTINGS = "drd_config_last_reload_successful{}"
CHAIN = "drd_audit_chain_valid{}"
MISSED = 'drd_schedule_last_missed_timestamp_seconds{tenant="voorbeeld",schedule="drills"}'
ENABLED = 'drd_schedule_enabled{tenant="voorbeeld",schedule="drills"}'
DAY = 86_400
ONE, OTHER = "one:9790", "other:9790"


def answers(**codes: float) -> Series:
    """Give requests a minute by code; `none` where no answer came."""
    of = 'drd_arm_requests_total{{provider="Microsoft.Compute",method="GET",code="{}"}}'
    return {of.format(code.strip("_").replace("none", "")): Counting(count) for code, count in codes.items()}


def expiring(severity: str, days: float) -> Story:
    """Tell of a credential that ends soon."""
    return Story(
        alert="DrdCredentialExpiring",
        labels={"severity": severity, "credential": "drd-standing"},
        after=12,
        own_bad={EXPIRY: ahead(days * DAY)},
        own_good={EXPIRY: ahead(14.1 * DAY)},
        never={EXPIRY: always(0)},
    )


def _later(minute: int, at: int) -> float:
    return float(minute >= at)


def _missed_in(minute: int) -> Value:
    """Be the last miss of a slot: never, and from a minute on in that one."""
    return lambda now: 60.0 * minute * _later(now, minute)


STORIES = (
    Story(
        alert="DrdDown",
        labels={"severity": "critical"},
        after=4,
        own_bad={UP: always(0)},
        own_good={UP: always(1)},
        own_other={},
        # Nobody ever told Prometheus where a daemon is.
        never={},
        never_fires=True,
    ),
    Story(
        alert="DrdDown",
        labels={"severity": "warning", "job": "drd", "instance": ONE},
        after=7,
        own_bad={UP: always(0)},
        own_good={UP: always(1)},
        own_other={UP: always(1)},
        without={
            "never happened": "a daemon that Prometheus was never told of cannot be missed, while another one answers",
            "restart": "a target that is down has the series all the same",
        },
    ),
    Story(
        alert="DrdNoExporter",
        labels={"severity": "critical"},
        after=5,
        # Nobody has the lease.
        own_bad={LEASE: always(0)},
        own_good={LEASE: always(1)},
        own_other={LEASE: always(0)},
        good={READABLE: always(1)},
        never={},
        never_fires=True,
        without={"hand-over": "below, as a story of its own: the lease itself changes hands"},
    ),
    Story(
        alert="DrdNoExporter",
        labels={"severity": "critical"},
        after=5,
        # Two have it, and do not stop.
        own_bad={LEASE: always(1)},
        own_other={LEASE: always(1)},
        bad={READABLE: always(1)},
        without={
            "does not fire": "the story above",
            "never happened": "the story above",
            "hand-over": "the story below",
            "restart": "the story above",
        },
    ),
    Story(
        alert="DrdNoExporter",
        labels={"severity": "critical"},
        after=16,
        # The lease changes hands, and nobody has it for two minutes; the store can be read, or cannot.
        bad={READABLE: always(0)},
        own_bad={LEASE: lambda minute: 1 - _later(minute, 10)},
        own_good={LEASE: lambda minute: 1 - _later(minute, 10)},
        own_other={LEASE: lambda minute: _later(minute, 12)},
        good={READABLE: always(1)},
        without={
            "fires": "the hand-over holds it",
            "never happened": "the story above",
            "restart": "the story above",
        },
    ),
    Story(
        alert="DrdHeartbeatStale",
        labels={"severity": "critical", "instance": ONE, "loop": "leases"},
        after=6,
        own_bad={UP: always(1), BEAT: always(60)},
        own_good={UP: always(1), BEAT: ago(8)},
        own_other={UP: always(1), BEAT: ago(8)},
        never={UP: always(1), BEAT: always(0)},
        never_fires=True,
        without={"restart": "a loop turns again when its daemon starts again; the story below is of one that does not"},
    ),
    Story(
        alert="DrdHeartbeatStale",
        labels={"severity": "critical", "instance": ONE},
        after=6,
        # It answers, and tells of no loop at all.
        own_bad={UP: always(1)},
        own_good={UP: always(1), BEAT: ago(8)},
        own_other={UP: always(1), BEAT: ago(8)},
        never={UP: always(0)},
        without={"restart": "while it is away it does not answer, which is DrdDown"},
    ),
    Story(
        alert="DrdCollectorStale",
        labels={"severity": "warning", "tenant": "voorbeeld", "collector": "backup"},
        after=12,
        bad={SUCCESS: ago(2760), SERVICE: always(1)},
        good={SUCCESS: ago(2700), SERVICE: always(1)},
        without={"never happened": "the story below"},
    ),
    Story(
        alert="DrdCollectorStale",
        labels={"severity": "warning", "tenant": "voorbeeld"},
        after=12,
        # The municipality is in the catalogue, and nobody ever looked.
        bad={SERVICE: always(1)},
        good={SERVICE: always(1), SUCCESS: ago(60)},
        never={SERVICE: always(1)},
        never_fires=True,
    ),
    Story(
        alert="DrdArmErrors",
        labels={"severity": "warning"},
        after=20,
        own_bad=answers(_200=80, _503=10, none=5, _403=5),
        own_good=answers(_200=85, _404=10, _429=5, _503=8),
        own_other=answers(_200=1),
        never=answers(_200=0),
    ),
    Story(
        alert="DrdArmThrottled",
        labels={"severity": "info", "provider": "Microsoft.Compute"},
        after=26,
        own_bad={THROTTLED: Counting(12)},
        own_good={THROTTLED: Counting(5)},
        never={THROTTLED: always(0)},
    ),
    expiring("critical", 2.9),
    expiring("warning", 13.9),
    Story(
        alert="DrdScheduleMissed",
        labels={"severity": "warning", "tenant": "voorbeeld", "schedule": "drills"},
        after=6,
        # Whoever comes back after hours tells of it at once: there is no page from before to compare with.
        bad={MISSED: always(60), ENABLED: always(1)},
        good={MISSED: ago(3600), ENABLED: always(1)},
        never={MISSED: always(0), ENABLED: always(1)},
    ),
    Story(
        alert="DrdScheduleMissed",
        labels={"severity": "warning", "tenant": "voorbeeld", "schedule": "drills"},
        after=20,
        # It is missed in the very minutes in which nobody tells: the store counts, not the daemon.
        gap_first=True,
        bad={MISSED: _missed_in(11), ENABLED: always(1)},
        # A person keeps it paused.
        good={MISSED: _missed_in(11), ENABLED: always(0)},
        never={ENABLED: always(1)},
    ),
    Story(
        alert="DrdConfigReloadFailed",
        labels={"severity": "warning", "instance": ONE},
        after=7,
        own_bad={SETTINGS: always(0)},
        own_good={SETTINGS: always(1)},
        own_other={SETTINGS: always(1)},
        without={"restart": "a daemon that starts reads its settings whole, or does not start"},
    ),
    Story(
        alert="DrdAuditChainBroken",
        labels={"severity": "critical"},
        after=2,
        own_bad={CHAIN: always(0)},
        own_good={CHAIN: always(1)},
        own_other={CHAIN: always(1)},
    ),
    Story(
        alert="DrdWatchdog",
        labels={"severity": "none"},
        after=2,
        never_fires=True,
        without={"does not fire": "it always fires; that is what it is for", "hand-over": "same", "restart": "same"},
    ),
)
