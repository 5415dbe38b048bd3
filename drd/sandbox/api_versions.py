"""Which api-versions a resource type answers; see `api_versions.toml`."""

import tomllib
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("api_versions.toml")
_OWN = "Microsoft.Resources"
"""The namespace of what stands under no provider: subscriptions, groups, the list of all resources."""


def resource_type(template: str) -> str:
    """Return the type that a path or a template is about: namespace and types, without names."""
    parts = template.strip("/").split("/")
    folded = [part.casefold() for part in parts]
    if "providers" not in folded:
        return _OWN
    begin = len(folded) - folded[::-1].index("providers")
    kept = parts[begin : begin + 1] + parts[begin + 1 :: 2]
    if not kept or kept[0].startswith("{"):
        return _OWN
    return "/".join(part for part in kept if not part.startswith("{"))


@cache
def versions_of(kind: str) -> frozenset[str]:
    """Return the api-versions of a type, empty for one in an unknown namespace."""
    known = _known()
    parts = kind.casefold().split("/")
    for length in range(len(parts), 0, -1):
        found = known.get("/".join(parts[:length]))
        if found is not None:
            return found
    return frozenset()


@cache
def _known() -> dict[str, frozenset[str]]:
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return {kind.casefold(): frozenset(versions.split()) for kind, versions in data.items()}
