"""Every proof that `make proof` knows, in the order of the page."""

from proofs import ambiguous, engine_only, freezing, full_disk, inventory, kills, outage, tampering, whole_kills
from proofs.days.proof import PROOF as DAYS
from proofs.result import Proof
from proofs.simulation.proof import PROOF as SIMULATION
from proofs.truth import proof as truth
from proofs.virtual import VIRTUAL

PROOFS: tuple[Proof, ...] = (
    kills.KILLS,
    kills.RESUMES,
    whole_kills.PROOF,
    kills.RECOVERIES,
    freezing.PROOF,
    outage.PROOF,
    full_disk.PROOF,
    engine_only.PROOF,
    SIMULATION,
    *VIRTUAL,
    DAYS,
    truth.VIRTUAL,
    truth.OVER_HTTP,
    truth.EXPORTED,
    ambiguous.LOST_ANSWERS,
    tampering.PROOF,
    inventory.PROOF,
)
