"""The same 1,000 steps that do nothing as an Ansible play: tasks on one host, or one task on as many hosts.

Ansible keeps no journal. Times are of the whole program, less those of a play with one step.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
FORKS = 50
NOTHING = "ansible.builtin.assert: {that: true, quiet: true}"


def _play(folder: Path, *, tasks: int, hosts: int) -> float:
    lines = ["- hosts: all", "  gather_facts: false", "  tasks:"]
    (folder / "play.yml").write_text("\n".join([*lines, *[f"    - {NOTHING}"] * tasks]) + "\n", encoding="utf-8")
    names = "".join(f"h{number} ansible_connection=local\n" for number in range(hosts))
    (folder / "hosts").write_text(names, encoding="utf-8")
    command = [str(PLAYBOOK), "-i", "hosts", "-f", str(FORKS), "play.yml"]
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """`ansible_playbook.py FOLDER STEPS chain|side-by-side`; prints figures as JSON."""
    folder, steps, form = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        start = _play(Path(place), tasks=1, hosts=1)
        tasks, hosts = (int(steps), 1) if form == "chain" else (1, int(steps))
        took = _play(Path(place), tasks=tasks, hosts=hosts) - start
    print(json.dumps({"seconds": took}))


if __name__ == "__main__":
    main()
