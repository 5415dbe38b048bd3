"""Shoots a page with a browser that knows nobody and asks nothing of the network."""

import struct
import subprocess
import tempfile
import zlib
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
_SIGNATURE, _AROUND = 8, 12
"""Of a PNG: bytes at its beginning, and those around the data of a chunk."""


def shoot(text: str, picture: Path, *, width: int, height: int) -> None:
    """Draw a page to a picture."""
    with tempfile.TemporaryDirectory(prefix="drd-browser-") as folder:
        file = Path(folder) / "page.html"
        file.write_text(text, encoding="utf-8")
        command = ["chromium", *_QUIET, f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"]
        subprocess.run(
            [*command, f"--screenshot={picture}", file.as_uri()], check=True, capture_output=True, timeout=_SECONDS
        )
    picture.write_bytes(_smaller(picture.read_bytes()))


def _smaller(png: bytes) -> bytes:
    """Pack the same pixels tighter than the browser, which is in a hurry."""
    kept, packed, place = [png[:_SIGNATURE]], b"", _SIGNATURE
    while place < len(png):
        (size,) = struct.unpack(">I", png[place : place + 4])
        chunk = png[place : place + size + _AROUND]
        place += size + _AROUND
        if chunk[4:8] == b"IDAT":
            packed += chunk[8:-4]
        elif chunk[4:8] == b"IEND":
            kept += [_chunk(b"IDAT", zlib.compress(zlib.decompress(packed), 9)), chunk]
        else:
            kept.append(chunk)
    return b"".join(kept)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
