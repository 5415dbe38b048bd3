"""Shoots a page with a browser that knows nobody and asks nothing of the network."""

import subprocess
import tempfile
from pathlib import Path

_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
_SECONDS = 60


def shoot(text: str, picture: Path, *, width: int, height: int) -> None:
    """Draw a page to a picture."""
    with tempfile.TemporaryDirectory(prefix="drd-browser-") as folder:
        file = Path(folder) / "page.html"
        file.write_text(text, encoding="utf-8")
        command = ["chromium", *_QUIET, f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"]
        subprocess.run(
            [*command, f"--screenshot={picture}", file.as_uri()], check=True, capture_output=True, timeout=_SECONDS
        )
    # A page of text and lines has few colours; a quarter of the size is what readers load.
    smaller = ["pngquant", "--force", "--output", str(picture), "64", "--", str(picture)]
    subprocess.run(smaller, check=True)
