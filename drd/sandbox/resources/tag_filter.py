"""The `$filter` of resource lists: `tagName eq 'x' and tagValue eq 'y'`, `resourceType eq 'z'` and the like."""

import re
from collections.abc import Callable, Mapping

from drd.sandbox.errors import bad_request

_TERM = re.compile(
    r"^\s*(tagName|tagValue|resourceType|resourceGroup|name|location)\s+eq\s+'((?:[^']|'')*)'\s*$", re.IGNORECASE
)

_PART_OF = re.compile(r"^\s*substringof\('((?:[^']|'')*)',\s*name\)\s*$", re.IGNORECASE)

TagTest = Callable[[Mapping[str, str]], bool]


def read_terms(text: str) -> dict[str, str]:
    """Return the filter's terms by name in lower case.

    Raises:
        ArmError: 400, the filter says something that is not understood.
    """
    if not text.strip():
        return {}
    terms: dict[str, str] = {}
    for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE):
        found, part_of = _TERM.match(part), _PART_OF.match(part)
        if part_of is not None:
            terms["part of name"] = part_of.group(1).replace("''", "'")
            continue
        if found is None:
            raise bad_request("InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")
        terms[found.group(1).lower()] = found.group(2).replace("''", "'")
    return terms


def read_tag_filter(text: str) -> TagTest:
    """Return a test of tags; tag names compare without regard to case, values with it.

    Raises:
        ArmError: 400, see `read_terms`.
    """
    terms = read_terms(text)
    name, value = terms.get("tagname"), terms.get("tagvalue")

    def is_wanted(tags: Mapping[str, str]) -> bool:
        if name is None:
            return True
        found = {key.casefold(): one for key, one in tags.items()}.get(name.casefold())
        return found is not None and (value is None or found == value)

    return is_wanted
