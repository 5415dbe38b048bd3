"""What a person has to renew before it ends."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from drd.metrics.family import Family, gauge, timestamp
from drd.ports.vitals import Vitals


def tell_credentials(vitals: Vitals) -> Iterator[Metric]:
    """Tell when each credential ends. Tokens have no series: drd renews them by itself, each hour."""
    yield gauge(
        "drd_credential_expiry_timestamp_seconds",
        "When a certificate ends by which drd signs in to Azure, in host time; tokens are renewed by themselves.",
        ("credential",),
        {(name,): timestamp(at) for name, at in vitals.credentials.items()},
    )


FAMILY = Family(tell=tell_credentials)
