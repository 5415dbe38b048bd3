"""What there is to ask about proofs, in one hand."""

from dataclasses import dataclass

from drd.operations.list_backups import ListBackups
from drd.operations.look_at_points import LookAtPoints
from drd.operations.record_proofs import RecordProofs
from drd.operations.sample_backups import SampleBackups
from drd.operations.verify_backup import VerifyBackup


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """The use cases of recovery points and their proofs."""

    look: LookAtPoints
    record: RecordProofs
    list_backups: ListBackups
    verify_backup: VerifyBackup
    sample_backups: SampleBackups
