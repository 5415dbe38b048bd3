"""What the API specification's own examples hold, as member paths, and whether an answer holds it too.

One file a provider in `members/`: for each example where it stands, and the members of its body.
A member is a path such as `properties.osDisk.name`; `[]` steps into a list, whose items may share out the members.
`left-out` names members that the sandbox's answer need not hold, each with the reason. Only paths are kept here, never
the examples.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("members")


def members_of(provider: str, example: str) -> list[str]:
    """Give the members that an answer must hold: those of the example, without those that are left out."""
    known = tomllib.loads((FOLDER / f"{provider}.toml").read_text(encoding="utf-8"))[example]
    return [member for member in known["members"] if member not in known.get("left-out", {})]


def missing(body: Any, provider: str, example: str) -> list[str]:
    """Give the members of the example that the answer lacks; a null member is there."""
    return [member for member in members_of(provider, example) if not _holds(body, member.split("."))]


def paths_in(body: Any, before: str = "") -> Iterator[str]:
    """Give the leaves of a body as member paths, each once: how the files in `members/` are made from an example."""
    seen: set[str] = set()
    for path in _leaves(body, before):
        if path not in seen:
            seen.add(path)
            yield path


def _leaves(body: Any, before: str) -> Iterator[str]:
    if isinstance(body, dict) and body:
        for name, inner in body.items():
            yield from _leaves(inner, f"{before}.{name}" if before else name)
    elif isinstance(body, list) and body and isinstance(body[0], dict):
        for inner in body:
            yield from _leaves(inner, f"{before}[]")
    else:
        yield before


def _holds(body: Any, path: list[str]) -> bool:
    if not path:
        return True
    name, is_list = path[0].removesuffix("[]"), path[0].endswith("[]")
    if not isinstance(body, dict) or name not in body:
        return False
    inner = body[name]
    if not is_list:
        return _holds(inner, path[1:])
    return isinstance(inner, list) and (path[1:] == [] or any(_holds(one, path[1:]) for one in inner))
