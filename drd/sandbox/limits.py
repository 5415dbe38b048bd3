"""How many requests Azure takes: the figures of `limits.toml`, or of a file in the same form."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

DOCUMENTED = Path(__file__).with_name("limits.toml")
_KINDS = ("reads", "writes", "deletes")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSize:
    """A token bucket: how many at once, and how many come back each second."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSize:
    """So many in each window of so many seconds."""

    name: str
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy of Compute: the windows that count at once, and what one resource bears."""

    name: str
    windows: tuple[WindowSize, ...]
    resource: BucketSize | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All limits. `arm` holds `reads`, `writes` and `deletes`; without `arm` nothing is ever refused."""

    arm: Mapping[str, BucketSize] = field(default_factory=dict)
    global_factor: float = 1.0
    services: Mapping[str, WindowSize] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    operations: Mapping[str, str] = field(default_factory=dict)

    def policy_of(self, operation: str) -> Policy | None:
        """Return the policy that an operation falls under, None for one that no policy counts."""
        wanted = operation.casefold()
        keys = [key for key in self.operations if wanted.startswith(key.casefold())]
        return self.policies[self.operations[max(keys, key=len)]] if keys else None


UNLIMITED = Limits()
"""No limits: for measuring, and for estates larger than one identity could read in time."""


@cache
def documented_limits() -> Limits:
    """Return the limits that Azure documents, and those that were recorded."""
    return read_limits(DOCUMENTED)


def read_limits(path: Path) -> Limits:
    """Read a file in the form of `limits.toml`.

    Raises:
        ValueError: it cannot be read, is no TOML, or a figure is missing or not above 0; the message names the file.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return _limits(data)
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        said = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        message = f"{path}: these limits cannot be used: {said}; compare with {DOCUMENTED.name} of the sandbox"
        raise ValueError(message) from error


def _limits(data: Mapping[str, Any]) -> Limits:
    policies = {key: _policy(key, figures) for key, figures in data["policies"].items()}
    operations = dict(data["operations"])
    unknown = sorted(set(operations.values()) - set(policies))
    if unknown:
        message = f"there is no policy {', '.join(unknown)}"
        raise ValueError(message)
    return Limits(
        arm={kind: _bucket(data["arm"][kind]) for kind in _KINDS},
        global_factor=_positive(data["arm"]["global-factor"]),
        services={
            name.casefold(): _window(name, figures["requests"], figures["seconds"])
            for name, figures in data["services"].items()
        },
        policies=policies,
        operations=operations,
    )


def _policy(key: str, figures: Mapping[str, Any]) -> Policy:
    name = str(figures.get("name", key))
    resource = None
    if "burst" in figures:
        resource = BucketSize(burst=_positive(figures["burst"]), per_second=_positive(figures["per-minute"]) / 60)
    windows = (
        _window(f"{name}3Min", figures["three-minutes"], 180),
        _window(f"{name}30Min", figures["thirty-minutes"], 1800),
    )
    return Policy(name=name, windows=windows, resource=resource)


def _bucket(figures: Mapping[str, Any]) -> BucketSize:
    return BucketSize(burst=_positive(figures["burst"]), per_second=_positive(figures["per-second"]))


def _window(name: str, requests: float, seconds: float) -> WindowSize:
    return WindowSize(name=name, requests=int(_positive(requests)), seconds=_positive(seconds))


def _positive(figure: float) -> float:
    if isinstance(figure, bool) or not isinstance(figure, int | float) or figure <= 0:
        message = f"{figure!r} is not a number above 0"
        raise ValueError(message)
    return float(figure)
