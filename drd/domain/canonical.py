"""One way to write JSON, so that equal facts have equal hashes (RFC 8785).

Numbers are integers only: a float has several honest spellings, and drd writes durations as text or milliseconds.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

_LARGEST = 2**53 - 1


def canonical_json(value: Json) -> str:
    """Write a value in its one form: members sorted by UTF-16 code units, no white space.

    Raises:
        TypeError: for anything that is not JSON, a float, or an integer that JavaScript cannot hold.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(value: Json) -> str:
    """Give the SHA-256 of the value's one form, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()


def _ordered(value: Json) -> Json:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise TypeError(f"integer too large for JSON: {value}")
        return value
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be", "surrogatepass"))
        return {name: _ordered(member) for name, member in members}
    if isinstance(value, Sequence):
        return [_ordered(element) for element in value]
    raise TypeError(f"not canonical JSON: {type(value).__name__}")
