"""One way to write JSON, so that equal facts have equal hashes (RFC 8785).

Numbers are integers only: a float has several honest spellings, and drd writes durations as text or milliseconds.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from json import encoder
from typing import Any, TypeAlias

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

_LARGEST = 2**53 - 1
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_WORDS = frozenset({str, bool, type(None)})


def canonical_json(value: Json) -> str:
    """Write a value in its one form: members sorted by UTF-16 code units, no white space.

    Raises:
        TypeError: for anything that is not JSON, a float, or an integer that JavaScript cannot hold.
    """
    if _is_plain(value):
        return "".join(_sorted(value, 0))
    return _ENCODER.encode(_ordered(value))


def _is_plain(value: Any) -> bool:  # noqa: ANN401 - what it is, is the question
    """Say whether the library's own order of members, by code point, is ours, and nothing is in it that we refuse."""
    kind = type(value)
    if kind in _WORDS:
        return True
    if kind is dict:
        for name, member in value.items():
            if type(name) is not str or not name.isascii() or not (type(member) in _WORDS or _is_plain(member)):
                return False
        return True
    if kind is list or kind is tuple:
        for element in value:  # noqa: SIM110 - a generator costs as much as the look at a short list
            if not (type(element) in _WORDS or _is_plain(element)):
                return False
        return True
    return kind is int and -_LARGEST <= value <= _LARGEST


def _writer() -> Callable[[Any, int], Iterable[str]]:
    # `JSONEncoder` makes the library's fast writer anew for each text, which costs as much as a step's text itself.
    fast = getattr(encoder, "c_make_encoder", None)
    if fast is None:
        slow = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)
        return lambda value, _depth: (slow.encode(value),)
    sort, skip, not_a_number = True, False, False
    write: Callable[[Any, int], Iterable[str]] = fast(
        None, None, encoder.encode_basestring, None, ":", ",", sort, skip, not_a_number
    )
    return write


_sorted = _writer()


def digest(value: Json) -> str:
    """Give the SHA-256 of the value's one form, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()


def _ordered(value: Json) -> Json:
    # Every event and every plan pays for this walk, so the common types come first.
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in _names(value)}
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise TypeError(f"integer too large for JSON: {value}")
        return value
    if isinstance(value, list | tuple):
        return [_ordered(element) for element in value]
    return _unusual(value)


def _unusual(value: Json) -> Json:
    if isinstance(value, Mapping):
        return _ordered(dict(value))
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return _ordered(list(value))
    raise TypeError(f"not canonical JSON: {type(value).__name__}")


def _names(value: dict[str, Json]) -> list[str]:
    names = sorted(value)
    if not "".join(names).isascii():
        # Beyond the basic plane the order of code points is not the order of UTF-16 code units.
        names.sort(key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return names
