"""Codes of findings about schedules: nothing that should be done by itself stays undone in silence."""

from drd.domain.findings import FindingCode, Severity
from drd.domain.language import Text

CODES_OF_SCHEDULES = (
    FindingCode(
        code="slot-missed",
        severity=Severity.WARNING,
        title=Text(nl="Beurt gemist", en="Slot missed", fr="Tour manqué"),
        means=(
            "In the last day a schedule was not run at its time, and no pause, freeze or window was the reason: nobody "
            "was there, or it was at work for too long. It is information once a later slot was run."
        ),
        do="See why drd was away. `drd schedule trigger` makes up for it; `catch-up` says what drd does by itself.",
    ),
    FindingCode(
        code="slot-failed",
        severity=Severity.WARNING,
        title=Text(nl="Beurt mislukt", en="Slot failed", fr="Tour échoué"),
        means="The newest slot of a schedule ended with an error: what it should have done was not done.",
        do="The message says what went wrong. The finding goes when a slot of this schedule ends well.",
    ),
    FindingCode(
        code="slot-interrupted",
        severity=Severity.WARNING,
        title=Text(nl="Beurt onderbroken", en="Slot interrupted", fr="Tour interrompu"),
        means="The daemon that worked on the newest slot ended before the work did: part of it may be done.",
        do="See why the daemon ended; `drd schedule trigger` has the work done again.",
    ),
    FindingCode(
        code="slot-at-work-long",
        severity=Severity.WARNING,
        title=Text(nl="Beurt duurt te lang", en="Slot at work for too long", fr="Tour trop long"),
        means="A slot began hours ago and has not ended: meanwhile no other one of its schedule begins.",
        do="See the daemon's log. A restart of the daemon ends the slot as failed, and the next one begins.",
    ),
    FindingCode(
        code="schedule-paused-long",
        severity=Severity.WARNING,
        title=Text(nl="Planning lang stil", en="Schedule paused for long", fr="Planification arrêtée depuis longtemps"),
        means="Somebody stopped a schedule more than a week ago, and nobody let it go on.",
        do="`drd schedule resume`, or take the schedule out of the settings.",
    ),
    FindingCode(
        code="schedule-barred-long",
        severity=Severity.WARNING,
        title=Text(
            nl="Planning lang bevroren", en="Schedule barred for long", fr="Planification bloquée pour longtemps"
        ),
        means="A freeze, or windows that do not open, keep a schedule from running for more than a quarter from now.",
        do="End the freeze, or name in the schedule the freezes that it heeds; `drd schedule next` shows what bars it.",
    ),
    FindingCode(
        code="schedule-without-runbook",
        severity=Severity.WARNING,
        title=Text(nl="Planning zonder draaiboek", en="Schedule without runbook", fr="Planification sans plan"),
        means="A schedule names a runbook that is not there, or that cannot be drilled: each of its slots would fail.",
        do="Name another one under `with` in the settings, or put its file back; `drd runbook list` shows all.",
    ),
)
"""In the order of the page."""
