"""Codes of findings about what drd proves by itself: nothing that is never restored may pass in silence."""

from drd.domain.findings import FindingCode, Severity
from drd.domain.language import Text

CODES_OF_PROOFS = (
    FindingCode(
        code="proofs-not-scheduled",
        severity=Severity.WARNING,
        title=Text(nl="Geen herstelproeven gepland", en="No proofs are scheduled", fr="Aucune preuve planifiée"),
        means="No schedule restores backups of this municipality: whether they can be read is never found out.",
        do="Give the settings a schedule that does `prove`; `docs/verification.md` says what it costs.",
    ),
    FindingCode(
        code="proof-budget-zero",
        severity=Severity.WARNING,
        title=Text(nl="Bewijsbudget is nul", en="Budget for proofs is zero", fr="Budget des preuves à zéro"),
        means="A schedule is to restore backups, and may restore none, for no time, or on no core: nothing is proven.",
        do="Allow at least one restore, some core-hours and some cores.",
    ),
    FindingCode(
        code="proofs-not-set-up",
        severity=Severity.WARNING,
        title=Text(nl="Geen plaats voor bewijzen", en="No place for proofs", fr="Aucun lieu pour les preuves"),
        means="The catalogue does not say where copies may be restored, or what is asked of them: none ever is.",
        do="Write the catalogue's section `proofs`: an isolated subnet, a staging account, and scripts for L2 and L3.",
    ),
)
"""In the order of the page."""
