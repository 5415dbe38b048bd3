"""Every code that a finding can have. The page about them is written from here."""

from collections.abc import Mapping

from drd.domain.codes_of_drills import CODES_OF_DRILLS
from drd.domain.codes_of_estate import CODES_OF_ESTATE
from drd.domain.codes_of_inventory import CODES_OF_INVENTORY
from drd.domain.codes_of_ladder import CODES_OF_LADDER
from drd.domain.codes_of_proofs import CODES_OF_PROOFS
from drd.domain.codes_of_runbooks import CODES_OF_RUNBOOKS
from drd.domain.codes_of_schedules import CODES_OF_SCHEDULES
from drd.domain.findings import FindingCode

CODES: Mapping[str, FindingCode] = {
    each.code: each
    for each in (
        *CODES_OF_RUNBOOKS,
        *CODES_OF_ESTATE,
        *CODES_OF_LADDER,
        *CODES_OF_PROOFS,
        *CODES_OF_INVENTORY,
        *CODES_OF_DRILLS,
        *CODES_OF_SCHEDULES,
    )
}
"""By code."""
