"""The last result of each proof, as a file of JSON: parts are proven at different times, the page tells them all."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from proofs.result import Goal, Proof, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One result, and where it comes from.

    Attributes:
        asked: how many trials were ordered.
        began: instant, and `minutes` how long it took.
        version: drd's. revision: of its sources, where they are under version control.
        machine: interpreter and processors. load: of the machine at the end, over 15 minutes.
    """

    name: str
    asked: int
    began: datetime
    minutes: float
    version: str
    revision: str
    machine: str
    load: float
    turn: int
    result: Result

    def good(self) -> bool:
        """Say whether no promise was broken and every figure was reached."""
        return not self.result.bad and all(goal.met for goal in self.result.goals)


def write(folder: Path, record: Record) -> None:
    """Keep a record in place of the proof's last one."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(asdict(record) | {"began": record.began.isoformat(timespec="seconds")}, indent=2) + "\n"
    (folder / f"{record.name}.json").write_text(text, encoding="utf-8")


def read(folder: Path, proof: Proof) -> Record | None:
    """Give a proof's last record, or None where it was never proven."""
    file = folder / f"{proof.name}.json"
    if not file.exists():
        return None
    kept = json.loads(file.read_text(encoding="utf-8"))
    result = kept.pop("result")
    goals = tuple(Goal(**goal) for goal in result.pop("goals"))
    return Record(
        **kept | {"began": datetime.fromisoformat(kept["began"])},
        result=Result(**result | {"bad": tuple(result["bad"])}, goals=goals),
    )
