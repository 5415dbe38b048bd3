"""Every code that a finding can have. The page about them is written from here."""

from collections.abc import Mapping

from drd.domain.codes_of_ladder import CODES_OF_LADDER
from drd.domain.codes_of_readiness import CODES_OF_READINESS
from drd.domain.findings import FindingCode

CODES: Mapping[str, FindingCode] = {each.code: each for each in (*CODES_OF_READINESS, *CODES_OF_LADDER)}
"""By code."""
