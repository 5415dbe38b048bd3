"""What protects the vaults themselves."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from drd.metrics.family import Family, Reading, gauge
from drd.ports.vaults import VaultPosture

_OFF = frozenset({"", "disabled"})


def read_safeguards(reading: Reading) -> Iterator[Metric]:
    """Tell which safeguards a vault has. What Azure did not say has no series: unknown is not off."""
    yield gauge(
        "drd_vault_safeguard_enabled",
        "1 when a safeguard of a vault is on, 0 when it is off.",
        ("tenant", "vault", "safeguard"),
        _series(reading),
    )


def _series(reading: Reading) -> dict[tuple[str, ...], float]:
    """Tell vaults of one name, in two resource groups, together: what is off in one of them is off."""
    series: dict[tuple[str, ...], float] = {}
    for each in reading.figures.vaults:
        for safeguard, on in _safeguards(each.posture).items():
            if on is not None:
                key = (each.tenant, each.posture.id.name, safeguard)
                series[key] = min(series.get(key, 1.0), float(on))
    return series


def _safeguards(posture: VaultPosture) -> dict[str, bool | None]:
    return {
        "soft_delete": _on(posture.soft_delete),
        "immutability": _on(posture.immutability),
        "cross_region_restore": posture.cross_region_restore,
        "multi_user_authorization": posture.multi_user_authorization,
    }


def _on(word: str | None) -> bool | None:
    return None if word is None else word.casefold() not in _OFF


FAMILY = Family(read=read_safeguards)
