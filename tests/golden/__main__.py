"""Makes journals to keep: `python -m tests.golden --written-by VERSION [--shape NAME ...]`.

To be run once a release, and when a shape is new. What is there is never written again: what was released stays as
it was, and `digests.txt` beside the journals says so.
"""

import argparse
import asyncio
import hashlib
import json
import sys
from pathlib import Path

from tests.golden.making import make
from tests.golden.shapes import SHAPES

FOLDER = Path(__file__).parent / "journals"
DIGESTS = "digests.txt"


def main() -> None:
    """Make the files that are not there yet."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("--written-by", required=True, help="the version, as it will be named in the files")
    parser.add_argument("--shape", action="append", choices=sorted(SHAPES), help="only these shapes")
    parser.add_argument("--into", type=Path, default=FOLDER)
    wanted = parser.parse_args()
    wanted.into.mkdir(parents=True, exist_ok=True)
    for shape in wanted.shape or sorted(SHAPES):
        path = wanted.into / f"{wanted.written_by}-{shape}.jsonl"
        if path.exists():
            sys.stderr.write(f"{path.name} is there and stays as it is\n")
            continue
        lines = asyncio.run(make(shape, written_by=wanted.written_by))
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        path.write_text(text, "utf-8")
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        with (wanted.into / DIGESTS).open("a", encoding="utf-8") as digests:
            digests.write(f"{digest}  {path.name}\n")
        sys.stdout.write(f"{path.name}: {sum('event' in line for line in lines)} events\n")


if __name__ == "__main__":
    main()
