"""`python -m dashboards`: writes the dashboards of `deploy/grafana/dashboards` anew."""

import json
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.board import built
from dashboards.daemon import daemon
from dashboards.estate import estate
from dashboards.proof import proof
from dashboards.run import run
from dashboards.service import service

FOLDER = Path(__file__).parent.parent / "deploy" / "grafana" / "dashboards"


def written() -> Mapping[str, str]:
    """Give every dashboard as it should stand in its file, by the file's name."""
    boards = (estate(), service(), run(), proof(), daemon())
    return {
        f"{board.uid}.json": json.dumps(built(board), cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"
        for board in boards
    }


def main() -> None:
    """Write them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in written().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
