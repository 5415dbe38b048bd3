"""What panels ask Prometheus, put together from few words.

Families about the estate are told by one daemon, and by two for a moment when the lease goes on to another. So each is
read through `newest`, which takes the maximum over daemons: no figure doubles. Families about a process are added up.
"""

NEVER = "1e9"
"""Ratio that stands for a thing that never happened: worse than every other, and mapped to the word."""
AT_RISK = 0.8
"""Share of an objective from which it is at risk; the alerts use the same."""

ESTATE = 'tenant=~"$tenant"'
SERVICE = f'{ESTATE},service=~"$service"'
RUNBOOK = f'{ESTATE},runbook=~"$runbook"'
TENANT_OR_ALL = 'tenant=~"$tenant|"'
"""Of the chosen municipalities, and what belongs to none."""

_ONE = ("tenant", "service")


def newest(family: str, *by: str, where: str = ESTATE) -> str:
    """Read a family of the estate, one series for each of these labels."""
    return f"max by ({', '.join(by)}) ({family}{{{where}}})"


def of_service(family: str, where: str = SERVICE) -> str:
    """Read a family that has one series for each service."""
    return newest(family, *_ONE, where=where)


def age(stamp: str) -> str:
    """Give how long ago; what never happened has no age."""
    return f"time() - ({stamp} > 0)"


def in_milliseconds(stamp: str) -> str:
    """Give an instant as Grafana's formats of dates want it; 0 stays 0."""
    return f"{stamp} * 1000"


def used(stamp: str, objective: str) -> str:
    """Give the share of an objective that an age has used up, and `NEVER` for what never happened.

    In brackets, because `or` binds less than whatever it is compared with.
    """
    on = f"on ({', '.join(_ONE)})"
    return f"(({age(stamp)}) / {on} {objective} or ({stamp} == 0) + {NEVER})"


def gained(family: str, *labels: str, where: str, by: tuple[str, ...]) -> str:
    """Count what came to a counter of the estate in the time that is shown.

    Such a counter is read from the journal: it never begins anew, and a label may come with its first event. So the
    difference is exact where `increase` would miss that event and count a daemon's first page as a jump.
    """
    now = newest(family, *labels, where=where)
    before = f"max by ({', '.join(labels)}) ({family}{{{where}}} offset $__range)"
    total = f"sum by ({', '.join(by)})" if by else "sum"
    return f"{total} ({now} - ({before} or {now} * 0))"


def rate(family: str, *by: str, where: str = "") -> str:
    """Give how much a counter of processes gains a second, all daemons together."""
    return f"sum by ({', '.join(by)}) (rate({family}{{{where}}}[$__rate_interval]))"


def quantile(share: float, family: str, *by: str, over: str = "$__rate_interval") -> str:
    """Give a quantile of a histogram that processes keep, all daemons together."""
    labels = ", ".join((*by, "le"))
    return f"histogram_quantile({share}, sum by ({labels}) (rate({family}_bucket[{over}])))"


def quantile_gained(share: float, family: str, *labels: str, where: str = "") -> str:
    """Give a quantile of what came, in the time that is shown, to a histogram that is read from the journal."""
    buckets = gained(f"{family}_bucket", *labels, "le", where=where, by=(*labels, "le"))
    return f"histogram_quantile({share}, {buckets})"


def rpo_used(where: str = SERVICE) -> str:
    """Give the share of the recovery point objective that the newest usable points have used up."""
    return used(
        of_service("drd_service_recovery_point_timestamp_seconds", where),
        of_service("drd_service_rpo_objective_seconds", where),
    )


def last_drill(where: str = SERVICE) -> str:
    """Give when a drill last succeeded, in every service: 0 where none did."""
    drill = of_service("drd_service_last_recovery_success_timestamp_seconds", f'{where},mode="drill"')
    return f"({drill} or {of_service('drd_service_drill_interval_objective_seconds', where)} * 0)"


def drill_used(where: str = SERVICE) -> str:
    """Give the share of the interval between drills that is used up."""
    return used(last_drill(where), of_service("drd_service_drill_interval_objective_seconds", where))


def last_rto(where: str = SERVICE) -> str:
    """Give what the newest recovery took, a drill or a failover; no series where it reached no green check.

    Going back is no recovery: a failback is planned, and nobody waits for the service meanwhile. The alerts agree.
    """
    labels, recovers = (*_ONE, "mode"), f'{where},mode=~"drill|failover"'
    ended = newest("drd_service_last_recovery_timestamp_seconds", *labels, where=recovers)
    took = newest("drd_service_achieved_recovery_time_seconds", *labels, where=recovers)
    on = ", ".join(_ONE)
    last = f"{ended} == on ({on}) group_left () max by ({on}) ({ended})"
    return f"max by ({on}) ({took} and on ({', '.join(labels)}) ({last}))"


def rto_used(where: str = SERVICE) -> str:
    """Give the share of the recovery time objective that the newest recovery took, and -1 where none reached green."""
    objective = of_service("drd_service_rto_objective_seconds", where)
    return f"({last_rto(where)} / on ({', '.join(_ONE)}) {objective} or {objective} * 0 - 1)"
