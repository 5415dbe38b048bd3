"""`python -m dashboards.pictures`: plays a story on a sandbox, and draws each dashboard to docs/pictures."""

import argparse
import json
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from dashboards.__main__ import FOLDER
from dashboards.pictures.asking import View, prometheus
from dashboards.pictures.browser import shoot
from dashboards.pictures.page import WIDTH, page
from dashboards.pictures.recording import recorded
from dashboards.pictures.story import Moments, Story
from drd.daemon.rehearsal import RehearsalWish, rehearsal

_PICTURES = FOLDER.parent.parent.parent / "docs" / "pictures"
_SPEED, _EVERY_SECONDS = 120, 0.25
"""So that an hour takes half a minute, and pages are half a minute of the world apart."""
_PORT = 19_390
_EVERYTHING = {"tenant": ".*", "service": ".*", "runbook": ".*"}


def _views(moments: Moments) -> dict[str, View]:
    whole = moments.ended - moments.began
    live = View(until=moments.live, span=timedelta(hours=2), chosen=_EVERYTHING)
    ended = View(until=moments.ended, span=whole, chosen=_EVERYTHING)
    one = View(until=moments.ended, span=whole, chosen={**_EVERYTHING, "service": "burgerzaken"})
    return {"drd-estate": ended, "drd-service": one, "drd-run": live, "drd-proof": ended, "drd-daemon": ended}


def _played(folder: Path) -> Moments:
    wish = RehearsalWish(speed=_SPEED)
    with (
        rehearsal(wish) as stage,
        recorded(stage.metrics, stage.clock.now, folder / "samples.txt", every_seconds=_EVERY_SECONDS),
    ):
        moments = Story(stage).play()
    kept = {"began": moments.began, "live": moments.live, "ended": moments.ended}
    (folder / "moments.json").write_text(json.dumps({name: at.isoformat() for name, at in kept.items()}))
    return moments


def _kept(folder: Path) -> Moments:
    read = json.loads((folder / "moments.json").read_text(encoding="utf-8"))
    return Moments(**{name: datetime.fromisoformat(at) for name, at in read.items()})


def _drawn(folder: Path, moments: Moments) -> None:
    with prometheus(folder / "samples.txt", _PORT) as answering:
        for name, view in _views(moments).items():
            board = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
            text, height = page(board, answering, view)
            picture = _PICTURES / f"dashboard-{name.removeprefix('drd-')}.png"
            shoot(text, picture, width=WIDTH, height=height)
            print(f"{picture.name}: {picture.stat().st_size / 1000:.0f} kB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Play and draw, or draw again what was played."""
    parser = argparse.ArgumentParser(prog="python -m dashboards.pictures", description="Draw the dashboards.")
    parser.add_argument("--keep", type=Path, help="folder in which the recording is kept")
    parser.add_argument("--again", action="store_true", help="draw what was kept there, without playing it anew")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="drd-story-") as passing:
        folder = given.keep or Path(passing)
        folder.mkdir(parents=True, exist_ok=True)
        _drawn(folder, _kept(folder) if given.again else _played(folder))


if __name__ == "__main__":
    main()
