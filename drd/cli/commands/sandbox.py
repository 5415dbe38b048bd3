"""The sandbox: an Azure that is not Azure, on loopback, to rehearse with."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.cli.sandbox_faults import FAULT
from drd.cli.sandbox_scenarios import SCENARIO
from drd.cli.sandbox_world import TIME, leftovers, reset, snapshot
from drd.domain.errors import ConflictError, InvalidError

Url = Annotated[str, Parameter(env_var="DRD_SANDBOX_URL")]


def start(
    *,
    port: int = 0,
    front_port: int = 0,
    drill_front_port: int = 0,
    speed: float | None = None,
    hurry: float = 1.0,
    seed: int = 1,
    estate: Path | None = None,
    restore: Path | None = None,
    limits: str = "documented",
    tls: bool = False,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
    common: Common = DEFAULT,
) -> int:
    """Run a sandbox with the sample municipality, or another estate, until SIGTERM or Ctrl-C.

    Args:
        port: of Resource Manager, token endpoint and control addresses; 0 takes a free one.
        front_port: of the proxy that answers for guests.
        drill_front_port: of the proxy that answers for guests in drill networks.
        speed: how many times as fast the world's time runs; 1 when not said.
        hurry: how many times as soon as recorded Azure's operations end, where time itself must not run.
        seed: decides every id and duration.
        estate: a file that says what stands in the world, instead of the sample municipality.
        restore: a snapshot to go on from; it has its own seed, estate, limits, hurry and speed.
        limits: how many requests are taken: documented, none, or a file in the form of the sandbox's limits.toml.
        tls: serve with a certificate of the sandbox's own authority, for tools that insist; control stays plain.
        json_: print what a client must know as one JSON line.
    """
    from drd.sandbox.limits import UNLIMITED, read_limits
    from drd.sandbox.loopback import Listening, UnusableFileError, run_until_stopped

    def announce(facts: dict[str, Any]) -> None:
        if json_ or common.output == "json":
            sys.stdout.write(json.dumps(facts) + "\n")
        else:
            # What draws for people costs 13 MiB, which a sandbox that serves a program need not hold.
            from drd.cli.output import Sheet, show
            from drd.cli.words import words_of

            rows = tuple(
                (name, value if isinstance(value, str) else json.dumps(value)) for name, value in facts.items()
            )
            show(common, (Sheet((), rows, notes=(words_of(common).say("until-stopped"),)),))
        sys.stdout.flush()

    try:
        known = {"documented": None, "none": UNLIMITED}
        listening = Listening(
            port=port,
            front_port=front_port,
            drill_front_port=drill_front_port,
            speed=1.0 if speed is None else speed,
            hurry=hurry,
            seed=seed,
            estate=estate,
            restore=restore,
            limits=known[limits] if limits in known else read_limits(Path(limits)),
            tls=tls,
        )
        asyncio.run(run_until_stopped(listening, announce=announce))
    except OSError as error:
        hint = "choose another port, or 0 for a free one"
        raise ConflictError(f"the sandbox cannot listen: {error.strerror}", hint=hint) from error
    except (UnusableFileError, ValueError) as error:
        raise InvalidError(str(error), hint="nothing was started; mend the file and try again") from error
    return Exit.OK


def region_down(
    region: str,
    *,
    url: Url,
    ago: str | None = None,
    mode: Literal["unavailable", "hang", "refused"] = "unavailable",
    common: Common = DEFAULT,
) -> int:
    """Lose a region of a running sandbox: everything about it is refused, and its recovery points stop.

    Args:
        region: its name, such as westeurope.
        url: the sandbox's address, as `drd dev` prints it.
        ago: how long ago in world time (10m); now when not said.
        mode: whether requests get an error at once, are never answered, or have their connection reset.
    """
    from drd.cli.sandbox_client import lose

    return _told(common, lose(url, region, ago, mode))


def region_up(region: str, *, url: Url, common: Common = DEFAULT) -> int:
    """Give a lost region back.

    Args:
        region: its name.
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.sandbox_client import ask

    return _told(common, ask(url, "POST", "/region-up", {"region": region}))


def journal(*, url: Url, since: int = 0, changes: bool = False, digest: bool = False, common: Common = DEFAULT) -> int:
    """Show every request that a running sandbox saw.

    Args:
        url: the sandbox's address, as `drd dev` prints it.
        since: only those after this number.
        changes: only those that changed something.
        digest: only the hash over what is the same for the same seed and the same calls.
    """
    from drd.cli.output import emit
    from drd.cli.sandbox_client import ask, journal_sheet
    from drd.cli.words import words_of

    if digest:
        return _told(common, ask(url, "GET", "/journal/digest"))

    entries = ask(url, "GET", f"/journal?since={since}")["entries"]
    chosen = [each for each in entries if each["effects"] or not changes]
    emit(common, {"entries": chosen}, lambda: (journal_sheet(words_of(common), chosen),))
    return Exit.OK


def _told(common: Common, answer: dict[str, Any]) -> int:
    from drd.cli.output import Sheet, emit

    emit(common, answer, lambda: (Sheet((), tuple((name, str(value)) for name, value in answer.items())),))
    return Exit.OK


SANDBOX = command_group(
    "sandbox",
    "An Azure that is not Azure, to rehearse with.",
    start,
    region_down,
    region_up,
    journal,
    leftovers,
    snapshot,
    reset,
    TIME,
    FAULT,
    SCENARIO,
)
