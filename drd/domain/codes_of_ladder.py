"""Codes of findings about recovery points and vaults: whether there is something safe to restore, and its proof."""

from drd.domain.findings import FindingCode, Severity
from drd.domain.language import Text

CODES_OF_LADDER = (
    FindingCode(
        code="item-unprotected",
        severity=Severity.CRITICAL,
        title=Text(nl="Onbeschermd item", en="Unprotected item", fr="Élément non protégé"),
        means=(
            "The catalogue says how the item is protected, and it is not: it has no recovery points that could be used."
        ),
        do="Protect it again, or correct the catalogue. An item that no longer exists leaves the catalogue.",
    ),
    FindingCode(
        code="no-usable-point",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Geen bruikbaar herstelpunt", en="No usable recovery point", fr="Aucun point de reprise utilisable"
        ),
        means="One of the item's mechanisms has no point that can be restored.",
        do="Look at the vault's jobs, make a point now, and see why the earlier ones cannot be used.",
    ),
    FindingCode(
        code="recovery-point-too-old",
        severity=Severity.CRITICAL,
        title=Text(nl="Herstelpunt te oud", en="Recovery point too old", fr="Point de reprise trop ancien"),
        means=(
            "The newest usable point is older than the service's RPO: a recovery now would lose more than was promised."
        ),
        do=(
            "Find the job that did not run. Where the mechanism cannot be as fast as the promise, change one of "
            "the two."
        ),
    ),
    FindingCode(
        code="recovery-point-missing",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Verwacht herstelpunt ontbreekt",
            en="Expected recovery point is missing",
            fr="Point de reprise attendu manquant",
        ),
        means="Points came at a steady pace, and then none came.",
        do="Look at the vault's jobs: one failed, or was not started.",
    ),
    FindingCode(
        code="recovery-point-gap",
        severity=Severity.WARNING,
        title=Text(nl="Gat in de herstelpunten", en="Gap in the recovery points", fr="Trou dans les points de reprise"),
        means="Between two points more time passed than usual: a job failed in the meantime.",
        do=(
            "Look at the vault's jobs of that time. The finding goes when newer points have taken the place of "
            "those around the gap."
        ),
    ),
    FindingCode(
        code="protection-unhealthy",
        severity=Severity.CRITICAL,
        title=Text(nl="Bescherming ongezond", en="Protection is unhealthy", fr="Protection en mauvais état"),
        means="The vault itself says that the item's protection or its last job is not well.",
        do="Look at the item's health and at its jobs in the vault.",
    ),
    FindingCode(
        code="recovery-points-unknown",
        severity=Severity.WARNING,
        title=Text(nl="Herstelpunten onbekend", en="Recovery points are unknown", fr="Points de reprise inconnus"),
        means="They were not seen for so long that nothing is known of them. Nothing unknown is shown as good.",
        do="See why collection fails; mostly a right is missing, or a region does not answer.",
    ),
    FindingCode(
        code="only-crash-consistent-points",
        severity=Severity.WARNING,
        title=Text(
            nl="Geen consistent herstelpunt", en="No consistent recovery point", fr="Aucun point de reprise cohérent"
        ),
        means="Every point was made without the guest's help: databases have to repair themselves after a restore.",
        do="See why the agent in the guest does not quiesce it.",
    ),
    FindingCode(
        code="points-below-policy",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Minder herstelpunten dan het beleid belooft",
            en="Fewer points than the policy promises",
            fr="Moins de points que la stratégie n'en promet",
        ),
        means=(
            "The vault's policy says when points are made and how long each is kept, and some of those that should be "
            "there are not: they were not made, or somebody deleted them before their time. A warning only where few "
            "are missing and none of the last week."
        ),
        do=(
            "Look at the vault's jobs of that time, and at its activity log for who deleted points or stopped the "
            "protection. What is gone comes back only while soft delete still holds it."
        ),
    ),
    FindingCode(
        code="policy-slower-than-objective",
        severity=Severity.WARNING,
        title=Text(
            nl="Beleid trager dan de belofte",
            en="Policy is slower than the objective",
            fr="Stratégie plus lente que l'objectif",
        ),
        means=(
            "Azure Backup alone protects the item, and its policy lets more time pass between two points than the "
            "service's RPO allows: also when every job succeeds, the promise cannot be kept."
        ),
        do="Let the policy make points more often, protect the item in another way too, or promise less.",
    ),
    FindingCode(
        code="points-not-in-vault",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Back-ups niet in de kluis", en="Backups are not in the vault", fr="Sauvegardes absentes du coffre"
        ),
        means=(
            "The item's backups are snapshots in its own subscription; none was transferred. They are in no other "
            "region, and who may delete resource groups may delete them."
        ),
        do="See the vault's jobs for transfers that fail or never end, and what the policy says of tiers.",
    ),
    FindingCode(
        code="no-copy-in-recovery-region",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Geen kopie in de herstelregio",
            en="No copy in the recovery region",
            fr="Aucune copie dans la région de reprise",
        ),
        means="With the home region every point of the item is lost.",
        do="Replicate it, copy its snapshots, or keep its backups in a geo-redundant vault with cross-region restore.",
    ),
    FindingCode(
        code="vault-posture-unknown",
        severity=Severity.WARNING,
        title=Text(
            nl="Instellingen van de kluis onbekend",
            en="Settings of the vault are unknown",
            fr="Réglages du coffre inconnus",
        ),
        means="The vault's settings were not read lately: nobody knows whether its points are safe.",
        do="See why collection fails; mostly the right to read the vault is missing.",
    ),
    FindingCode(
        code="vault-soft-delete-off",
        severity=Severity.CRITICAL,
        title=Text(nl="Zacht verwijderen staat uit", en="Soft delete is off", fr="Suppression réversible désactivée"),
        means="Whoever deletes points destroys them at once, an attacker too.",
        do="Turn soft delete on, at best for good.",
    ),
    FindingCode(
        code="vault-soft-delete-can-be-turned-off",
        severity=Severity.WARNING,
        title=Text(
            nl="Zacht verwijderen kan worden uitgezet",
            en="Soft delete can be turned off",
            fr="La suppression réversible peut être désactivée",
        ),
        means="An attacker with the right to write the vault turns it off first.",
        do="Set it to AlwaysON. This cannot be taken back.",
    ),
    FindingCode(
        code="vault-not-immutable",
        severity=Severity.WARNING,
        title=Text(nl="Kluis niet onveranderlijk", en="Vault is not immutable", fr="Coffre non immuable"),
        means="Points can be deleted before their retention ends.",
        do="Turn immutability on, and lock it when the retention is right.",
    ),
    FindingCode(
        code="vault-immutability-not-locked",
        severity=Severity.INFO,
        title=Text(
            nl="Onveranderlijkheid niet vergrendeld", en="Immutability is not locked", fr="Immuabilité non verrouillée"
        ),
        means="Who may write the vault can turn immutability off.",
        do="Lock it when the retention is right. This cannot be taken back: not the lock, and not the retention.",
    ),
    FindingCode(
        code="vault-without-second-person",
        severity=Severity.WARNING,
        title=Text(
            nl="Kluis zonder tweede persoon", en="Vault without a second person", fr="Coffre sans seconde personne"
        ),
        means="One person, or one stolen account, can weaken the vault.",
        do="Put a resource guard on the vault, owned by somebody else.",
    ),
    FindingCode(
        code="vault-key-of-its-own",
        severity=Severity.INFO,
        title=Text(nl="Kluis met een eigen sleutel", en="Vault with a key of its own", fr="Coffre avec sa propre clé"),
        means=(
            "Without that key nothing can be restored. drd looks at it from outside, where its key vault is in the "
            "vault's own subscription: whether it is there, enabled and not expired. It never uses it, so it does not "
            "know whether the vault still may."
        ),
        do=(
            "See that the key can be reached from the recovery region, and that it cannot be purged. The vault "
            "never goes back to Microsoft's key."
        ),
    ),
    FindingCode(
        code="vault-key-unreachable",
        severity=Severity.CRITICAL,
        title=Text(nl="Sleutel van de kluis antwoordt niet", en="Key of the vault does not answer", fr="Clé muette"),
        means=(
            "The owner's key that the vault's points are encrypted with is deleted, disabled, expired or not good yet: "
            "nothing can be backed up, and what there is may not be restored."
        ),
        do="Recover the key or its vault from soft delete, enable it, or extend it. A purged key never comes back.",
    ),
    FindingCode(
        code="vault-key-expiring",
        severity=Severity.WARNING,
        title=Text(nl="Sleutel van de kluis verloopt", en="Key of the vault expires", fr="Clé du coffre expirante"),
        means="The owner's key that the vault's points are encrypted with ends in less than 30 days.",
        do="Let the key be rotated, and the vault use the new version; keep the old one as long as its points.",
    ),
    FindingCode(
        code="vault-key-can-be-purged",
        severity=Severity.WARNING,
        title=Text(
            nl="Sleutel van de kluis kan vernietigd worden", en="Key of the vault can be purged", fr="Clé purgeable"
        ),
        means="Whoever may purge the key destroys every point of the vault at once, an attacker too.",
        do="Turn purge protection of its key vault on. This cannot be taken back.",
    ),
    FindingCode(
        code="vault-in-one-region",
        severity=Severity.CRITICAL,
        title=Text(nl="Kluis in één regio", en="Vault in one region", fr="Coffre dans une seule région"),
        means="The vault's storage is not copied to the paired region: its points are lost with its own.",
        do="Only an empty vault can be changed: make another one, and protect the items there.",
    ),
    FindingCode(
        code="vault-without-cross-region-restore",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Geen herstel vanuit de andere regio",
            en="No cross-region restore",
            fr="Pas de restauration interrégionale",
        ),
        means="While the home region is away, its backups cannot be restored in the recovery region.",
        do="Turn cross-region restore on. This cannot be taken back.",
    ),
    FindingCode(
        code="proof-failed",
        severity=Severity.CRITICAL,
        title=Text(nl="Bewijs mislukt", en="Proof failed", fr="Preuve échouée"),
        means=(
            "A recovery point was restored, and what came of it did not do: it was not readable, not clean, did "
            "not boot or did not answer."
        ),
        do="See the run that tried it; then try an older point, and mend what made this one useless.",
    ),
    FindingCode(
        code="proof-overdue",
        severity=Severity.WARNING,
        title=Text(nl="Bewijs te oud", en="Proof is overdue", fr="Preuve trop ancienne"),
        means=(
            "No recovery point of the item was restored, or was part of a drill, for longer than its proof counts. "
            "What is only replicated or copied as snapshots is proven by the drill of its runbook, as far as that goes."
        ),
        do=(
            "Let it be verified: `drd backup verify ITEM --to L4`; or give the schedule a larger budget; or drill its "
            "runbook. The finding says which of these helps."
        ),
    ),
)
"""In the order of the page."""
