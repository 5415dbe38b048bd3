"""Codes of findings about tenants, services and their items: what a recovery would find when it begins."""

from drd.domain.findings import FindingCode, Severity
from drd.domain.language import Text

CODES_OF_ESTATE = (
    FindingCode(
        code="service-without-runbook",
        severity=Severity.CRITICAL,
        title=Text(nl="Dienst zonder draaiboek", en="Service without a runbook", fr="Service sans plan de reprise"),
        means="Nothing says how this service comes back: in an incident people would improvise.",
        do="Write a runbook for it, and name it in the service's `runbook`.",
    ),
    FindingCode(
        code="replication-off",
        severity=Severity.CRITICAL,
        title=Text(nl="Replicatie staat uit", en="Replication is off", fr="Réplication désactivée"),
        means="The catalogue says that Site Recovery replicates the item, and the vault does not hold it.",
        do="Enable replication for the machine, or correct vault and name in the catalogue.",
    ),
    FindingCode(
        code="backup-off",
        severity=Severity.CRITICAL,
        title=Text(nl="Back-up staat uit", en="Backup is off", fr="Sauvegarde désactivée"),
        means="The catalogue says that a vault backs the item up, and the vault does not hold it.",
        do="Enable backup for the machine, or correct the vault in the catalogue.",
    ),
    FindingCode(
        code="snapshots-missing",
        severity=Severity.CRITICAL,
        title=Text(nl="Geen momentopnamen", en="No snapshots", fr="Aucun instantané"),
        means="The catalogue says that snapshots of the item are kept in the recovery region, and there is none.",
        do="Let the runbook or the schedule that copies snapshots run, and see why it stopped.",
    ),
    FindingCode(
        code="protection-unknown",
        severity=Severity.WARNING,
        title=Text(nl="Bescherming is onbekend", en="Protection is unknown", fr="Protection inconnue"),
        means=(
            "Nothing was seen of the item's protection for longer than three collections: it may be gone, or drd "
            "may not look."
        ),
        do="`drd item list` shows what was seen; look for a vault that drd may not read, or that does not answer.",
    ),
    FindingCode(
        code="certificate-expiring",
        severity=Severity.WARNING,
        title=Text(nl="Certificaat verloopt", en="Certificate expires", fr="Certificat expirant"),
        means=(
            "The certificate of an address that users and checks see ends in less than 14 days; critical when in "
            "less than 3. After that the service is not green, wherever it runs."
        ),
        do="Renew it, in the recovery region too.",
    ),
    FindingCode(
        code="certificate-unknown",
        severity=Severity.WARNING,
        title=Text(nl="Certificaat is onbekend", en="Certificate is unknown", fr="Certificat inconnu"),
        means="The address did not show a certificate that can be believed, or did not answer.",
        do="The message says why: a name, an authority, a certificate that ended, or nobody there.",
    ),
    FindingCode(
        code="dependency-circle",
        severity=Severity.CRITICAL,
        title=Text(nl="Diensten wachten op elkaar", en="Services depend on each other", fr="Services interdépendants"),
        means="No order brings these services back.",
        do="Take one of the dependencies out of the catalogue.",
    ),
    FindingCode(
        code="tier-order",
        severity=Severity.WARNING,
        title=Text(nl="Hangt af van een latere laag", en="Depends on a later tier", fr="Dépend d'un niveau ultérieur"),
        means="The service comes back before what it depends on, because that is of a less urgent tier.",
        do="Give what it depends on the same tier or a lower number.",
    ),
    FindingCode(
        code="dependency-slower",
        severity=Severity.WARNING,
        title=Text(nl="Afhankelijkheid is trager", en="Dependency is slower", fr="Dépendance plus lente"),
        means="The service promises to be back sooner than what it depends on, so it cannot keep its word.",
        do="Bring the objectives into agreement, or the order of recovery.",
    ),
    FindingCode(
        code="owner-missing",
        severity=Severity.WARNING,
        title=Text(nl="Geen eigenaar", en="No owner", fr="Pas de propriétaire"),
        means="Nobody is named who answers for the service, accepts its objectives and is asked in a crisis.",
        do="Name a contact of the catalogue in the service's `owner`.",
    ),
    FindingCode(
        code="nobody-notified",
        severity=Severity.WARNING,
        title=Text(nl="Niemand wordt verwittigd", en="Nobody is told", fr="Personne n'est averti"),
        means="No contact of the municipality has an address for messages, so nobody hears of a run that waits.",
        do="Give the contacts of the catalogue `notify:` addresses.",
    ),
    FindingCode(
        code="quota-short-together",
        severity=Severity.WARNING,
        title=Text(
            nl="Quotum te klein voor alles samen",
            en="Quota too small for everything at once",
            fr="Quota insuffisant pour tout à la fois",
        ),
        means=(
            "Each service alone may fit, but not all of them on the day that the home region is lost: the last "
            "ones would wait for quota."
        ),
        do="Ask for a higher quota, or decide which services wait and let their runbooks say so.",
    ),
    FindingCode(
        code="place-in-home-region",
        severity=Severity.CRITICAL,
        title=Text(
            nl="drd draait in de thuisregio",
            en="drd runs in the home region",
            fr="drd fonctionne dans la région d'origine",
        ),
        means="The daemon would be lost together with what it is there to bring back.",
        do=(
            "Move the installation, its database and its identities to the recovery region, and say so in "
            "`daemon.region`."
        ),
    ),
    FindingCode(
        code="place-unknown",
        severity=Severity.WARNING,
        title=Text(nl="Plaats van drd is onbekend", en="drd's own place is unknown", fr="Emplacement de drd inconnu"),
        means="Nobody said where the daemon runs, so it may be lost with the home region.",
        do="Write the region of the host in the settings: `daemon: {region: ...}`.",
    ),
    FindingCode(
        code="host-clock-off",
        severity=Severity.WARNING,
        title=Text(nl="Klok van de host loopt verkeerd", en="The host's clock is off", fr="L'horloge de l'hôte dévie"),
        means=(
            "The host's clock and Azure's are more than 5 seconds apart, as Azure's answers show. Times in journal and "
            "evidence, RTO and RPO are the host's, and tokens and certificates are judged by it."
        ),
        do="Let the host keep time (chrony, systemd-timesyncd); a virtual machine on Azure has its host's as a source.",
    ),
    FindingCode(
        code="identity-unusable",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Identiteit krijgt geen token",
            en="Identity gets no token",
            fr="L'identité n'obtient pas de jeton",
        ),
        means="drd cannot sign in as the identity, so nothing that is done under it would work.",
        do="See that the identity exists, is assigned to this host and is named in the settings.",
    ),
    FindingCode(
        code="readiness-unknown",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Gereedheid kon niet beoordeeld worden",
            en="Readiness could not be judged",
            fr="Préparation impossible à évaluer",
        ),
        means=(
            "Looking itself failed, by a defect of drd or because the store was away. Nothing is known of what "
            "it would have found."
        ),
        do="The daemon's log tells more; `drd readiness check` looks again.",
    ),
)
"""In the order of the page."""
