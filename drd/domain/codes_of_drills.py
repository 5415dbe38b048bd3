"""Codes of findings about the ends of drills: what stands where nothing should, or what nobody could see."""

from drd.domain.findings import FindingCode, Severity
from drd.domain.language import Text

CODES_OF_DRILLS = (
    FindingCode(
        code="drill-left-over",
        severity=Severity.CRITICAL,
        title=Text(nl="Oefening liet iets achter", en="Drill left something", fr="L'exercice a laissé des restes"),
        means=(
            "Something that a drill made, or that carries its tag, was found after its end. Copies of production cost "
            "money and can be reached, and a test failover that stands keeps Site Recovery from failing the item over."
        ),
        do="`drd reaper --dry-run` tells what the reaper would remove, and why not the rest; remove that by hand.",
    ),
    FindingCode(
        code="drill-unconfirmed",
        severity=Severity.WARNING,
        title=Text(
            nl="Niet te zien of de oefening opgeruimd is",
            en="Cannot see whether a drill is cleaned up",
            fr="Impossible de voir si l'exercice est nettoyé",
        ),
        means="The world could not be listed after a drill's end, so nobody knows whether something of it is left.",
        do="Let drd's standing identity list resource groups and vaults; look with `drd reaper --dry-run` meanwhile.",
    ),
)
"""In the order of the page."""
