"""Every proof that `make proof` knows, in the order of the page."""

from proofs.result import Proof
from proofs.virtual import VIRTUAL

PROOFS: tuple[Proof, ...] = (*VIRTUAL,)
