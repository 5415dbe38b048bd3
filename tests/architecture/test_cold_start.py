"""What a command loads: `drd version` answers at once, and Azure costs nothing until it is asked."""

import re
import subprocess
import sys

HEAVY = {
    "aiohttp",
    "alembic",
    "apscheduler",
    "azure",
    "cryptography",
    "dns",
    "fastapi",
    "holidays",
    "icalendar",
    "msal",
    "prometheus_client",
    "recurring_ical_events",
    "requests",
    "ruamel",
    "sqlalchemy",
    "starlette",
    "tenacity",
    "uvicorn",
}


def _loaded_by(*arguments: str) -> set[str]:
    """Run drd in a new interpreter that names every module it loads, until it ends."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "drd", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return set(re.findall(r"^import time: .*\|\s+([\w.]+)$", done.stderr, flags=re.MULTILINE))


def test_version_loads_nothing_heavy() -> None:
    """A command loads what it needs when it is typed."""
    loaded = _loaded_by("version")

    assert "drd.cli.app" in loaded
    assert {name for name in loaded if name.split(".")[0] in HEAVY} == set()


def test_version_loads_no_room_behind_the_socket() -> None:
    """The command line is a client: use cases, engine and adapters live on the other side of the socket."""
    rooms = {f"drd.{room}" for room in ("actions", "daemon", "engine", "operations", "providers", "sandbox", "store")}

    assert _loaded_by("version") & rooms == set()
