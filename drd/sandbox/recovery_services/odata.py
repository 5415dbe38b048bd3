"""The little of OData's `$filter` that Azure Backup and Site Recovery accept: comparisons joined by `and`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from drd.sandbox.errors import bad_request

_COMPARISON = re.compile(r"\s*(\w+)\s+(eq|ge|le|gt|lt)\s+(?:'([^']*)'|(\S+))\s*", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_INSTANT_FORMS = ("%Y-%m-%d %I:%M:%S %p", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison; the name in the caller's spelling."""

    name: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Filter:
    """The comparisons of one `$filter`, all of which must hold; none accept everything."""

    conditions: tuple[Condition, ...] = ()

    def value(self, name: str, *operators: str) -> str | None:
        """Return what a name is compared with, by one of these operators or any, or None."""
        for condition in self.conditions:
            if condition.name.lower() == name.lower() and (not operators or condition.operator in operators):
                return condition.value
        return None

    def instant(self, name: str, *operators: str) -> datetime | None:
        """Return what a name is compared with as an instant in UTC, or None.

        Raises:
            ArmError: 400, the text is no instant.
        """
        text = self.value(name, *operators)
        return None if text is None else read_instant(text)

    def accepts(self, values: Mapping[str, str]) -> bool:
        """Tell whether a thing with these values passes; names that are not among `values` are passed over."""
        folded = {name.lower(): value.casefold() for name, value in values.items()}
        return all(
            folded[condition.name.lower()] == condition.value.casefold()
            for condition in self.conditions
            if condition.operator == "eq" and condition.name.lower() in folded
        )


def read_filter(text: str | None, *, known: frozenset[str]) -> Filter:
    """Return the filter that a query says.

    Raises:
        ArmError: 400, the text is not understood or compares a name that is not known here.
    """
    if not text:
        return Filter()
    conditions = []
    for part in _AND.split(text.strip()):
        match = _COMPARISON.fullmatch(part)
        if match is None:
            message = f"The $filter query option cannot be read near {part!r}: expected NAME eq 'VALUE'."
            raise bad_request("BMSUserErrorInvalidODataQuery", message)
        name, operator, quoted, bare = match.groups()
        if name.lower() not in known:
            message = f"The property {name!r} cannot be used in $filter here; known are {', '.join(sorted(known))}."
            raise bad_request("BMSUserErrorInvalidODataQuery", message)
        conditions.append(Condition(name=name, operator=operator.lower(), value=quoted if quoted is not None else bare))
    return Filter(tuple(conditions))


def read_instant(text: str) -> datetime:
    """Return an instant in one of the forms that clients send, in UTC.

    Raises:
        ArmError: 400, the text has none of these forms.
    """
    for form in _INSTANT_FORMS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise bad_request("BMSUserErrorInvalidODataQuery", f"{text!r} is no date; expected 2026-01-31 11:59:59 PM, in UTC.")
