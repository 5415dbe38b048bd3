"""The same 1,000 steps that do nothing as a Chaos Toolkit experiment: actions in turn, or in the background.

Chaos Toolkit writes its journal once, at the end. Times are of the whole program, less those of one step.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHAOS = Path(sys.executable).with_name("chaos")


def _experiment(folder: Path, steps: int, *, background: bool) -> float:
    provider = {"type": "python", "module": "nothing", "func": "nothing"}
    experiment = {
        "title": "nothing",
        "description": "nothing",
        "method": [
            {"type": "action", "name": f"s{number}", "provider": provider, "background": background}
            for number in range(steps)
        ],
    }
    (folder / "nothing.py").write_text("def nothing():\n    return None\n", encoding="utf-8")
    (folder / "experiment.json").write_text(json.dumps(experiment), encoding="utf-8")
    command = [str(CHAOS), "--log-file", "chaos.log", "run", "--journal-path", "journal.json", "experiment.json"]
    began = time.perf_counter()
    subprocess.run(
        command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_with_path(folder)
    )
    took = time.perf_counter() - began
    done = json.loads((folder / "journal.json").read_text(encoding="utf-8"))["run"]
    assert [each["status"] for each in done] == ["succeeded"] * steps
    return took


def _with_path(folder: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}


def main() -> None:
    """`chaostoolkit_experiment.py FOLDER STEPS chain|side-by-side`; prints figures as JSON."""
    folder, steps, form = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        background = form == "side-by-side"
        start = _experiment(Path(place), 1, background=background)
        took = _experiment(Path(place), int(steps), background=background) - start
    print(json.dumps({"seconds": took}))


if __name__ == "__main__":
    main()
