"""`python -m proofs`: the long proofs, and a page that tells the last result of each."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import drd
from proofs import records
from proofs.page import Page
from proofs.records import Record
from proofs.result import Extent, Proof
from proofs.stage import ROOT
from proofs.table import PROOFS

_PAGE = ROOT / "docs" / "proof.md"
_KEPT = ROOT / "docs" / "proof"


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m proofs", description="Prove drd at length, and write docs/proof.md."
    )
    today = datetime.now(UTC).timetuple().tm_yday
    parser.add_argument("--only", default="", help=f"some of {', '.join(proof.name for proof in PROOFS)}, by commas")
    parser.add_argument("--seeds", type=int, help="how many, of proofs that count seeds")
    parser.add_argument("--kills", type=int, help="how many, of proofs that count kills")
    parser.add_argument("--count", type=int, help="how many, whatever is counted")
    parser.add_argument("--turn", type=int, default=today, help="rotates what is chosen when not everything is")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--share", action="store_true", help="only as much of each as CI takes")
    parser.add_argument("--revision", default="", help="of the sources, where they are not under version control")
    parser.add_argument("--page", action="store_true", help="prove nothing; write the page anew")
    given = parser.parse_args(arguments)
    unknown = {name for name in given.only.split(",") if name} - {proof.name for proof in PROOFS}
    if unknown:
        parser.error(f"no such proof: {', '.join(sorted(unknown))}")
    return given


def _count(proof: Proof, given: argparse.Namespace) -> int:
    ordered = {"seeds": given.seeds, "kills": given.kills}.get(proof.unit) or given.count
    return int(ordered or (proof.share if given.share else proof.full))


def _proven(proof: Proof, given: argparse.Namespace) -> Record:
    began = datetime.now(UTC)
    extent = Extent(count=_count(proof, given), turn=given.turn, seed=given.seed)
    print(f"{proof.name}: {extent.count} {proof.unit}", flush=True)
    result = proof.prove(extent)
    return Record(
        name=proof.name,
        asked=extent.count,
        began=began,
        minutes=round((datetime.now(UTC) - began).total_seconds() / 60, 1),
        version=drd.__version__,
        revision=given.revision or _revision(),
        machine=f"Python {platform.python_version()}, {os.cpu_count()} cores",
        load=round(os.getloadavg()[2], 1),
        turn=given.turn,
        result=result,
    )


def _revision() -> str:
    git = shutil.which("git")
    if not git:
        return ""
    asked = subprocess.run([git, "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, check=False)
    return asked.stdout.decode().strip()


def write_page() -> None:
    """Write the page from what is kept."""
    rows = [(proof, records.read(_KEPT, proof)) for proof in PROOFS]
    page = Page(now=datetime.now(UTC), version=drd.__version__, rows=rows)
    _PAGE.write_text(page.text(), encoding="utf-8")
    print(f"wrote {_PAGE.relative_to(ROOT)}")


def main(arguments: Sequence[str]) -> int:
    """Prove, and write the page after each proof. The exit code is 1 when a promise was broken or a figure missed."""
    given = _given(arguments)
    wanted = [name for name in given.only.split(",") if name]
    chosen = [] if given.page else [proof for proof in PROOFS if not wanted or proof.name in wanted]
    good = True
    for proof in chosen:
        record = _proven(proof, given)
        records.write(_KEPT, record)
        write_page()
        good = good and record.good()
    if not chosen:
        write_page()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
