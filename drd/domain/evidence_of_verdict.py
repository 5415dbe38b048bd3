"""The members of a drill's record of evidence that tell its verdict, and how its end was looked at."""

from collections.abc import Mapping, Sequence

from drd.domain.canonical import Json
from drd.domain.drill_verdict import DrillVerdict, Judgement, Listing, claim_of_listings
from drd.domain.durations import format_instant
from drd.domain.evidence import NOT_APPLICABLE


def verdict_told(judgement: Judgement | None) -> dict[str, Json]:
    """Give what the outcome says of a drill beside how its run ended; of any other run there is no verdict."""
    if judgement is None:
        return {"verdict": NOT_APPLICABLE, "verdict-because": NOT_APPLICABLE}
    return {"verdict": judgement.verdict.value, "verdict-because": judgement.because}


def listings_told(listings: Sequence[Listing], *, drill: bool) -> Json:
    """Give the looks at a drill's end, in order."""
    if not drill:
        return NOT_APPLICABLE
    return [
        {"at": format_instant(each.at), "found": list(each.found), "impossible": each.impossible} for each in listings
    ]


def is_clean(left: Sequence[Mapping[str, Json]], listings: Sequence[Listing], *, drill: bool) -> bool | str:
    """Say whether a drill left nothing, by its own ledger and by two listings."""
    if not drill:
        return NOT_APPLICABLE
    seen = claim_of_listings(listings)
    return not left and seen is not None and seen.verdict is DrillVerdict.PASSED
