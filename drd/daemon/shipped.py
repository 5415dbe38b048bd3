"""What ships for other programs to read: rules, dashboards, and the page of all families. Needs no daemon."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import drd
from drd.domain.errors import ConflictError, InvalidError, NotFoundError

PAGES = "https://docs.drd.example/alerts"
"""What the shipped rules say for the folder of the alerts' pages; `.example` is nobody's."""
BOARDS = "https://grafana.drd.example/d"
"""What they say for the dashboards."""

_PROMETHEUS = Path("deploy", "prometheus")
_GRAFANA = Path("deploy", "grafana", "dashboards")
_FAMILIES = Path("docs", "metrics.md")
_RULES = ("rules.yaml", "alerts.yaml")
_SAMPLES = ("prometheus.yaml", "alertmanager.yaml")
_ROW = re.compile(r"^\| `(drd_\w+)` \| (\w+) \| (.+?) \| (.+) \|$", flags=re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFamily:
    """A metric family as its page tells it."""

    name: str
    type: str
    labels: tuple[str, ...]
    meaning: str


def families() -> tuple[ListedFamily, ...]:
    """Give every family of this release, by name. Raises NotFoundError.

    They are read from the page, which is generated from the code: only a daemon at work has all of them at hand.
    """
    rows = _ROW.findall(_text(_FAMILIES))
    return tuple(
        ListedFamily(name=name, type=kind, labels=tuple(re.findall(r"`(\w+)`", labels)), meaning=meaning)
        for name, kind, labels, meaning in rows
    )


def rules(*, pages: str = PAGES, boards: str = BOARDS) -> dict[str, str]:
    """Give the files for Prometheus by name: recordings, alerts, samples.

    Args:
        pages: address under which the alerts' pages are published.
        boards: address of the dashboards.

    Raises:
        InvalidError: an address is none.
        NotFoundError: this installation was packed without them.
    """
    _addresses(pages, boards)
    texts = {name: _text(_PROMETHEUS / name) for name in (*_RULES, *_SAMPLES)}
    return {
        name: text.replace(PAGES, pages.rstrip("/")).replace(BOARDS, boards.rstrip("/")) for name, text in texts.items()
    }


def one_file_of_rules(files: Mapping[str, str]) -> str:
    """Put recordings and alerts into one file that Prometheus takes."""
    first, *others = (files[name] for name in _RULES)
    return "\n".join(
        [first.rstrip("\n"), *("".join(other.partition("\ngroups:")[2]).strip("\n") for other in others), ""]
    )


def dashboards() -> dict[str, str]:
    """Give the dashboards by file name. Raises NotFoundError."""
    folder = _place(_GRAFANA)
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.json"))}


def write(files: Mapping[str, str], folder: Path, *, overwrite: bool) -> tuple[str, ...]:
    """Write files into a folder, which is made where it is missing; the same again changes nothing.

    Returns:
        The files that are there now.

    Raises:
        ConflictError: another file is in the way, and nothing was written; or the folder cannot be written.
    """
    try:
        return _put({folder / name: text.encode() for name, text in files.items()}, folder, overwrite=overwrite)
    except OSError as error:
        message = f"this cannot be written: {error.strerror}"
        raise ConflictError(message, target=str(error.filename or folder), hint="name a folder of yours") from error


def _put(places: Mapping[Path, bytes], folder: Path, *, overwrite: bool) -> tuple[str, ...]:
    others = [path for path, body in places.items() if path.exists() and path.read_bytes() != body]
    if others and not overwrite:
        names = ", ".join(str(path) for path in others)
        raise ConflictError(
            "there is another file of that name", target=names, hint="nothing was written; --overwrite replaces them"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for path, body in places.items():
        path.write_bytes(body)
    return tuple(str(path) for path in places)


def _addresses(*addresses: str) -> None:
    for each in addresses:
        if re.fullmatch(r"https?://[^\s\"'{}\\]+", each) is None:
            raise InvalidError(
                "that is no address", target=each, hint="give it whole, such as https://wiki.example/drd"
            )


def _text(name: Path) -> str:
    return _place(name).read_text(encoding="utf-8")


def _place(name: Path) -> Path:
    """Find it in the wheel, or in the source tree."""
    package = Path(drd.__file__).parent
    for folder in (package / "sample", package.parent):
        if (folder / name).exists():
            return folder / name
    hint = "install drd from its wheel or its source tree"
    raise NotFoundError("a file that ships with drd is missing", target=str(package / "sample" / name), hint=hint)
