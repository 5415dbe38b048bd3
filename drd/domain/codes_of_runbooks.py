"""Codes of findings about runbooks: whether a run of one could start now, and would get there."""

from drd.domain.findings import FindingCode, Severity
from drd.domain.language import Text

CODES_OF_RUNBOOKS = (
    FindingCode(
        code="runbook-invalid",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Draaiboek kan niet gepland worden",
            en="Runbook cannot be planned",
            fr="Le plan de reprise ne peut pas être établi",
        ),
        means=(
            "The file, or the plan that it becomes in a mode, has faults: a name that does not exist, values "
            "that do not fit, a reference that leads nowhere. A run of it is refused."
        ),
        do="`drd runbook check` shows every fault with its line and what to write instead.",
    ),
    FindingCode(
        code="plan-unknown",
        severity=Severity.WARNING,
        title=Text(nl="Draaiboek vraagt invoer", en="Runbook asks for inputs", fr="Le plan demande des données"),
        means=(
            "The runbook cannot be planned without inputs that have no default, so nobody can say whether it "
            "would work."
        ),
        do="Give the inputs defaults, or try it with `drd runbook plan RUNBOOK --input NAME=VALUE`.",
    ),
    FindingCode(
        code="language-missing",
        severity=Severity.INFO,
        title=Text(nl="Tekst ontbreekt in een taal", en="Text lacks a language", fr="Texte manquant dans une langue"),
        means=(
            "Somebody will read this text in another language than their own during a crisis. It does not make a "
            "recovery fail."
        ),
        do="Write the text in Dutch, English and French; `drd runbook check` names the lines.",
    ),
    FindingCode(
        code="no-drill-mode",
        severity=Severity.WARNING,
        title=Text(
            nl="Draaiboek kan niet geoefend worden",
            en="Runbook cannot be drilled",
            fr="Le plan ne peut pas être exercé",
        ),
        means=(
            "It brings a service back and has no mode drill, so it is never verified before the day that it is needed."
        ),
        do="Add `drill` to its modes, with steps that work in an isolated network.",
    ),
    FindingCode(
        code="forecast-beyond-rto",
        severity=Severity.WARNING,
        title=Text(
            nl="Plan duurt langer dan de RTO",
            en="Plan takes longer than the RTO",
            fr="Le plan dure plus longtemps que le RTO",
        ),
        means=(
            "The estimates of its steps add up to more than the recovery time objective: it would miss it even "
            "if nothing went wrong."
        ),
        do=(
            "Let steps run side by side, shorten what decides (`drd runbook plan` marks the critical path), or "
            "promise what can be kept."
        ),
    ),
    FindingCode(
        code="never-drilled",
        severity=Severity.WARNING,
        title=Text(nl="Nooit geoefend", en="Never drilled", fr="Jamais exercé"),
        means="No drill of this runbook was ever green. What was never rehearsed mostly fails the first time.",
        do="Drill it: `drd run start RUNBOOK --mode drill`.",
    ),
    FindingCode(
        code="changed-since-drill",
        severity=Severity.WARNING,
        title=Text(
            nl="Gewijzigd sinds de laatste oefening",
            en="Changed since the last drill",
            fr="Modifié depuis le dernier exercice",
        ),
        means=(
            "A plan of it is no longer the one that passed the last green drill, so it is not verified any more. "
            "A change of the failover's steps counts too, though a drill leaves them out."
        ),
        do="Drill it again: `drd run start RUNBOOK --mode drill`.",
    ),
    FindingCode(
        code="drill-overdue",
        severity=Severity.WARNING,
        title=Text(nl="Oefening te lang geleden", en="Drill overdue", fr="Exercice trop ancien"),
        means="The last green drill is longer ago than the service's `drill-every` allows.",
        do="Drill it, or put it on a schedule.",
    ),
    FindingCode(
        code="before-check-red",
        severity=Severity.CRITICAL,
        title=Text(nl="Controle vooraf is rood", en="Check before the start is red", fr="Contrôle préalable en échec"),
        means=(
            "A question that the runbook asks before it does anything is answered with no, so a run of it would "
            "stop at once."
        ),
        do="The message says what was seen; mend that.",
    ),
    FindingCode(
        code="before-check-unknown",
        severity=Severity.WARNING,
        title=Text(
            nl="Controle vooraf kon niet gevraagd worden",
            en="Check before the start could not be asked",
            fr="Contrôle préalable impossible",
        ),
        means="A question that the runbook asks first could not be asked: no right, no way to it, or no answer.",
        do="See what the message says of rights and addresses; `drd readiness check RUNBOOK` asks again.",
    ),
    FindingCode(
        code="drill-network-open",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Oefennetwerk is niet afgesloten",
            en="Drill network is not isolated",
            fr="Réseau d'exercice non isolé",
        ),
        means=(
            "A drill would put copies of production into a network that is peered, has a gateway, or whose rules "
            "let traffic out. Drills into it are refused."
        ),
        do=(
            "Remove the peering or the gateway, and let the security group of every subnet deny what leaves the "
            "network."
        ),
    ),
    FindingCode(
        code="drill-not-probed",
        severity=Severity.WARNING,
        title=Text(
            nl="Oefennetwerk wordt niet van binnenuit beproefd",
            en="Drill network is not tried from inside",
            fr="Réseau d'exercice non éprouvé de l'intérieur",
        ),
        means=(
            "A drill boots copies of production in a network that was only read. What a network manager or a gateway "
            "adds is written nowhere in it, so a copy may get out, and the evidence cannot say that it could not."
        ),
        do=(
            "Let a step `network.probe` of the same network end before anything boots, as `runbooks/burgerzaken.yaml` "
            "does; not with `on-failure: continue`."
        ),
    ),
    FindingCode(
        code="drill-network-unknown",
        severity=Severity.WARNING,
        title=Text(
            nl="Isolatie van het oefennetwerk is onbekend",
            en="Isolation of the drill network is unknown",
            fr="Isolation du réseau d'exercice inconnue",
        ),
        means="Nobody could read whether the drill's network is isolated.",
        do="Give the standing identity the right to read networks, peerings and security groups (role `observer`).",
    ),
    FindingCode(
        code="right-missing",
        severity=Severity.CRITICAL,
        title=Text(nl="Recht ontbreekt", en="Right is missing", fr="Droit manquant"),
        means=(
            "The identity that would carry the plan out may not do what one of its steps needs, at the place "
            "where it is needed. The step would fail in the middle of a run."
        ),
        do="Assign the role: `drd azure role --mode MODE` prints the least one for the runbooks.",
    ),
    FindingCode(
        code="rights-unknown",
        severity=Severity.WARNING,
        title=Text(nl="Rechten zijn onbekend", en="Rights are unknown", fr="Droits inconnus"),
        means="Azure did not tell what the identity may do.",
        do="Give it `Microsoft.Authorization/permissions/read` at the subscription (role `observer`).",
    ),
    FindingCode(
        code="provider-not-registered",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Resourceprovider niet geregistreerd",
            en="Resource provider not registered",
            fr="Fournisseur de ressources non inscrit",
        ),
        means="The subscription may not use a namespace that the plan needs, so the first request to it is refused.",
        do="`az provider register --namespace NAME` in that subscription; it takes some minutes.",
    ),
    FindingCode(
        code="registration-unknown",
        severity=Severity.WARNING,
        title=Text(nl="Registratie is onbekend", en="Registration is unknown", fr="Inscription inconnue"),
        means="Azure did not tell which resource providers the subscription may use.",
        do="Give the identity `Microsoft.Resources/subscriptions/providers/read` (role `observer`).",
    ),
    FindingCode(
        code="quota-short",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Quotum te klein in de herstelregio",
            en="Quota too small in the recovery region",
            fr="Quota insuffisant dans la région de reprise",
        ),
        means=(
            "The machines that a failover makes need more vCPUs of a family, or of all together, than the "
            "subscription has left there."
        ),
        do="Ask for a higher quota now: in a disaster everybody asks. Reserve capacity for what must come back first.",
    ),
    FindingCode(
        code="size-unavailable",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Machineformaat niet beschikbaar",
            en="Machine size is not available",
            fr="Taille de machine indisponible",
        ),
        means="The recovery region does not offer the size, or closes it to this subscription.",
        do="Choose another size in the runbook or in the replication's settings, or ask for access to it.",
    ),
    FindingCode(
        code="capacity-unknown",
        severity=Severity.WARNING,
        title=Text(nl="Ruimte is onbekend", en="Room is unknown", fr="Capacité inconnue"),
        means=(
            "Nobody could tell whether the recovery region has quota and sizes for the machines that a failover makes."
        ),
        do="Give the failover identity the right to read usages and sizes (role `observer`).",
    ),
    FindingCode(
        code="replication-refuses",
        severity=Severity.CRITICAL,
        title=Text(
            nl="Site Recovery weigert de stap",
            en="Site Recovery refuses the step",
            fr="Site Recovery refuse l'étape",
        ),
        means="The item's `allowedOperations` lack the verb that the plan needs first: the request would be refused.",
        do=(
            "See the item's state in the vault: a test that was not cleaned up, a failover that was not "
            "committed, or replication that is not well."
        ),
    ),
    FindingCode(
        code="replication-unknown",
        severity=Severity.WARNING,
        title=Text(
            nl="Toestand van de replicatie is onbekend",
            en="State of replication is unknown",
            fr="État de la réplication inconnu",
        ),
        means=(
            "The vault could not be asked which operations it allows, so nobody can say whether a failover would begin."
        ),
        do=(
            "Give the identity the right to read replicated items (role `observer`), or wait until the vault's "
            "region answers."
        ),
    ),
    FindingCode(
        code="runs-in-recovery-region",
        severity=Severity.WARNING,
        title=Text(
            nl="Draait al in de herstelregio",
            en="Runs in the recovery region already",
            fr="Fonctionne déjà dans la région de reprise",
        ),
        means=(
            "The item was failed over and not brought back: there is no second failover until it replicates the "
            "other way."
        ),
        do="Reprotect it, and fail back when the home region is well.",
    ),
    FindingCode(
        code="dns-ttl-too-long",
        severity=Severity.WARNING,
        title=Text(
            nl="Naam blijft te lang oud",
            en="Name stays old for too long",
            fr="Le nom reste ancien trop longtemps",
        ),
        means=(
            "Resolvers keep the record's old values for more than a fourth of the recovery time objective, so "
            "users go on to the lost region although the service is back. Critical when they keep it for longer "
            "than the whole objective."
        ),
        do="Lower the TTL of the record now: a lower one counts only after the old one has passed.",
    ),
    FindingCode(
        code="dns-unknown",
        severity=Severity.WARNING,
        title=Text(nl="DNS-record is onbekend", en="DNS record is unknown", fr="Enregistrement DNS inconnu"),
        means="The record that a failover switches could not be read.",
        do=(
            "Give the failover identity the right to read the zone (role `traffic`), and correct zone and record "
            "in the runbook."
        ),
    ),
    FindingCode(
        code="approver-missing",
        severity=Severity.CRITICAL,
        title=Text(nl="Niemand kan goedkeuren", en="Nobody can approve", fr="Personne ne peut approuver"),
        means="The runbook asks for an approval that too few people may give: the run would wait for ever.",
        do="Name a contact that exists, and in the settings' `roles` let enough people answer for it.",
    ),
    FindingCode(
        code="dependency-order",
        severity=Severity.CRITICAL,
        title=Text(nl="Verkeerde volgorde", en="Wrong order", fr="Mauvais ordre"),
        means="A runbook that starts others brings a service back without waiting for one that it depends on.",
        do="Put the needed service's step in an earlier group, or name it in `needs`.",
    ),
    FindingCode(
        code="dependency-not-covered",
        severity=Severity.WARNING,
        title=Text(
            nl="Afhankelijkheid zonder herstel",
            en="Dependency is not brought back",
            fr="Dépendance non reprise",
        ),
        means="A service depends on one that is not in the runbook that brings several back, or that nobody knows.",
        do="Add its runbook as a step, or take the dependency out of the catalogue.",
    ),
)
"""In the order of the page."""
