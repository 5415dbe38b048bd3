"""Speaks to the control addresses of a running sandbox, which are no part of Azure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

from drd.api.wire.problem import Problem
from drd.cli.exits import Exit
from drd.cli.faults import CommandError, usage_error
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words
from drd.domain.durations import format_instant, parse_duration, parse_instant

_SECONDS = 10.0
_BAD = 400


def ask(url: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask a control address. Raises CommandError when nothing answers there, or it refuses."""
    try:
        answer = httpx2.request(method, f"{url.rstrip('/')}/_sandbox{path}", json=body, timeout=_SECONDS)
        found: dict[str, Any] = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise _silent(url) from error
    if answer.status_code >= _BAD:
        told = found.get("error", {})
        faults = tuple(map(str, told.get("faults", ())))
        title = "nothing was ordered" if faults else str(told.get("message", "the sandbox refuses"))
        code = str(told.get("code", "refused"))
        raise CommandError(Problem(title=title, status=422, code=code, target=url, faults=faults))
    return found


def order_of(file: Path | None, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what orders faults or a scenario: a file's text, which the sandbox reads so that places are the file's.

    Raises:
        CommandError: there is nothing to order, or the file cannot be read.
    """
    if file is None:
        if not given:
            raise usage_error("nothing to order", "name a kind (`drd sandbox fault kinds` lists them), or give --file")
        return given
    try:
        return {"file": str(file), "text": file.read_text(encoding="utf-8")}
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise usage_error(f"the file {file} cannot be read: {reason}", "check its name and its rights") from error


def fetch(url: str, path: str) -> str:
    """Fetch a text from a control address. Raises CommandError when nothing answers there, or it refuses."""
    try:
        answer = httpx2.get(f"{url.rstrip('/')}/_sandbox{path}", timeout=_SECONDS)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise _silent(url) from error
    if answer.status_code >= _BAD:
        problem = Problem(title="the sandbox refuses", status=answer.status_code, code="refused", target=url)
        raise CommandError(problem)
    return answer.text


def _silent(url: str) -> CommandError:
    hint = "`drd dev` and `drd sandbox start` print the address; give it with --url"
    return CommandError(
        Problem(title="no sandbox answers", status=503, code="no-sandbox", target=url, hint=hint), Exit.FAILURE
    )


def lose(url: str, region: str, ago: str | None, mode: str) -> dict[str, Any]:
    """Declare a region lost, some world time ago."""
    body = {"region": region, "mode": mode}
    if ago is not None:
        now = parse_instant(str(ask(url, "GET", "/time")["now"]))
        body["at"] = format_instant(now - parse_duration(ago))
    return ask(url, "POST", "/region-down", body)


def journal_sheet(words: Words, entries: Sequence[Mapping[str, Any]]) -> Sheet:
    """List requests, what struck them, and what struck in between."""
    headings = ("number", "time", "status", "fault", "operation", "method", "path")
    rows = tuple(
        (
            *(str(each[name]) for name in ("number", "at", "status")),
            ", ".join(str(strike["kind"]) for strike in each["strikes"]) or NONE,
            *(str(each[name]) for name in ("operation", "method", "path")),
        )
        for each in entries
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)
