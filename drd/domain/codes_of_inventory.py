"""Codes of findings about collection itself: what could not be read, so that it grows old instead of being good."""

from drd.domain.findings import FindingCode, Severity
from drd.domain.language import Text

CODES_OF_INVENTORY = (
    FindingCode(
        code="vault-not-allowed",
        severity=Severity.WARNING,
        title=Text(nl="Kluis niet leesbaar", en="Vault may not be read", fr="Coffre non lisible"),
        means=(
            "The standing identity may not read a vault, or a part of it. What was known of it grows old, and is "
            "unknown after three collections; nothing is taken for good meanwhile."
        ),
        do="Give the identity the observer's role there (`drd azure role observer`), and see who took it away.",
    ),
    FindingCode(
        code="vault-not-found",
        severity=Severity.WARNING,
        title=Text(nl="Kluis bestaat niet", en="Vault does not exist", fr="Coffre inexistant"),
        means="The catalogue names a vault, a group of snapshots or a subscription that Azure does not know.",
        do="Correct the catalogue; when somebody deleted the vault, its points may still be in soft delete.",
    ),
    FindingCode(
        code="vault-silent",
        severity=Severity.WARNING,
        title=Text(nl="Kluis antwoordt niet", en="Vault does not answer", fr="Coffre muet"),
        means=(
            "A vault could not be read for another reason than a missing right: its region may be down, or Azure "
            "asks for patience. The message says how old is what is known of it."
        ),
        do="See the state of the region; the next collection asks again. `drd inventory list` shows every age.",
    ),
    FindingCode(
        code="items-without-service",
        severity=Severity.WARNING,
        title=Text(nl="Items zonder dienst", en="Items without a service", fr="Éléments sans service"),
        means=(
            "A vault protects items that no service of the catalogue names: their points are not looked at, no runbook "
            "brings them back, and nobody promised anything for them. One finding a vault, with their number."
        ),
        do="Name them in a service, or end their protection. `drd inventory show VAULT` lists what the vault holds.",
    ),
)
"""In the order of the page."""
