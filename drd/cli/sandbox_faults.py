"""What goes wrong in a sandbox: faults ordered, listed and withdrawn, under `drd sandbox fault`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group

if TYPE_CHECKING:
    from drd.cli.output import Sheet
    from drd.cli.words import Words

Url = Annotated[str, Parameter(env_var="DRD_SANDBOX_URL")]
_SELECTS = ("operation", "method", "resource", "path-contains", "region", "identity")


def add(
    kind: str | None = None,
    *,
    url: Url,
    file: Path | None = None,
    operation: str | None = None,
    method: str | None = None,
    resource: str | None = None,
    region: str | None = None,
    identity: str | None = None,
    probability: float | None = None,
    count: int | None = None,
    skip: int | None = None,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    until: str | None = None,
    for_: Annotated[str | None, Parameter(name="--for")] = None,
    status: int | None = None,
    code: str | None = None,
    message: str | None = None,
    retry_after: float | None = None,
    mode: str | None = None,
    seconds: float | None = None,
    exit_code: int | None = None,
    points_from: str | None = None,
    points_until: str | None = None,
    common: Common = DEFAULT,
) -> int:
    """Let something go wrong in a running sandbox; `drd sandbox fault kinds` lists what there is.

    Args:
        kind: what goes wrong, such as throttle, region-down or reply-lost.
        url: the sandbox's address, as `drd dev` prints it.
        file: a file with faults instead of one: all of them, or none when anything in it is wrong.
        operation: only calls of this ARM action; * stands for anything.
        method: only calls with this HTTP method.
        resource: only this resource: its id, or whole parts of it such as a name; * stands for anything.
        region: only what needs this region, or is in it.
        identity: only this caller.
        probability: strike this share of what is selected, between 0 and 1; the seed decides which.
        count: strike this often.
        skip: let this many go first.
        from_: since when: an instant, or +10m.
        until: until when: an instant, or +10m.
        for_: for how long in world time (10m).
        status: the HTTP status of the answer.
        code: the error's code, such as ZonalAllocationFailed.
        message: the error's message.
        retry_after: seconds of world time that the answer asks to wait.
        mode: how what is down answers: unavailable, hang or refused.
        seconds: how late, in seconds of world time.
        exit_code: what a script ends with.
        points_from: only recovery points taken since then: an instant, or -6h.
        points_until: only recovery points taken before then.
    """
    from drd.cli.output import Sheet, emit
    from drd.cli.sandbox_client import ask, order_of
    from drd.cli.words import words_of

    given = {
        "kind": kind, "operation": operation, "method": method, "resource": resource, "region": region,
        "identity": identity, "probability": probability, "count": count, "skip": skip, "from": from_, "until": until,
        "for": for_, "status": status, "code": code, "message": message, "retry-after": retry_after, "mode": mode,
        "seconds": seconds, "exit-code": exit_code, "points-from": points_from, "points-until": points_until,
    }  # fmt: skip
    wanted = {name: value for name, value in given.items() if value is not None}
    answer = ask(url, "POST", "/faults", order_of(file, wanted))
    words = words_of(common)
    emit(common, answer, lambda: (Sheet((), tuple((words.say("ordered"), each) for each in answer["ids"])),))
    return Exit.OK


def list_(*, url: Url, common: Common = DEFAULT) -> int:
    """Show the faults on order, and how often each struck.

    Args:
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.output import emit
    from drd.cli.sandbox_client import ask
    from drd.cli.words import words_of

    found = ask(url, "GET", "/faults")["faults"]
    emit(common, found, lambda: (_fault_sheet(words_of(common), found),))
    return Exit.OK


def kinds(*, url: Url, common: Common = DEFAULT) -> int:
    """Show the kinds of fault and what each does.

    Args:
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.output import Sheet, emit
    from drd.cli.sandbox_client import ask
    from drd.cli.words import words_of

    found = ask(url, "GET", "/faults/kinds")["kinds"]
    headings = tuple(words_of(common).say(f"heading-{name}") for name in ("kind", "means"))
    emit(common, found, lambda: (Sheet(headings, tuple((each["kind"], each["means"]) for each in found)),))
    return Exit.OK


def clear(fault: str | None = None, *, url: Url, common: Common = DEFAULT) -> int:
    """Withdraw a fault, or all of them; regions that they lost are up again.

    Args:
        fault: its id, as `list` shows it; all when not said.
        url: the sandbox's address, as `drd dev` prints it.
    """
    from urllib.parse import quote

    from drd.cli.output import Sheet, emit
    from drd.cli.sandbox_client import ask
    from drd.cli.words import words_of

    answer = ask(url, "DELETE", f"/faults/{quote(fault, safe='')}" if fault else "/faults")
    left = words_of(common).say("heading-standing")
    emit(common, answer, lambda: (Sheet((), ((left, str(answer["faults"])),)),))
    return Exit.OK


def _fault_sheet(words: "Words", found: Sequence[Mapping[str, Any]]) -> "Sheet":
    from drd.cli.output import NONE, Sheet

    headings = ("fault", "kind", "state", "struck", "selects", "until")
    rows = tuple(
        (
            str(each["id"]),
            str(each["kind"]),
            words.say(f"fault-{each['state']}"),
            str(each["struck"]) if each["count"] is None else f"{each['struck']}/{each['count']}",
            " ".join(f"{name}={each[name]}" for name in (*_SELECTS, "probability") if name in each) or NONE,
            str(each.get("until", NONE)),
        )
        for each in found
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows)


FAULT = command_group("fault", "What goes wrong in a sandbox.", add, list_, kinds, clear)
