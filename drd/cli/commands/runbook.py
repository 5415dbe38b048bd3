"""Runbooks: what is on the shelf, whether it is right, and what it would do. Nothing here changes anything."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from drd.api.wire.runbooks import PlanBody, PlanShape, RunbookShape
from drd.cli.client import Daemon
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.cli.places import Config, config_path, found_config
from drd.domain.plan import Mode


def list_(*, config: Config = None, common: Common = DEFAULT) -> int:
    """List runbooks: those of the settings' folder; without settings, or with --socket, those of the daemon."""
    from drd.cli.output import emit
    from drd.cli.plan_view import runbooks_sheet
    from drd.cli.words import words_of

    runbooks = _runbooks(config, common)
    emit(common, runbooks, lambda: (runbooks_sheet(words_of(common), runbooks),))
    return Exit.OK


def _runbooks(config: Path | None, common: Common) -> Sequence[RunbookShape]:
    if _asks_the_daemon(config, common):
        with Daemon.of(common) as daemon:
            return daemon.runbooks()
    from drd.daemon.offline import load

    return load(config_path(config)).runbooks()


def _asks_the_daemon(config: Path | None, common: Common) -> bool:
    return config is None and (
        common.socket is not None or (found_config(None) is None and common.socket_path().exists())
    )


def check(*files: Path, config: Config = None, common: Common = DEFAULT) -> int:
    """Check runbooks: each as a file, and as the plan it becomes in every mode it has. 2 on faults, 7 on findings.

    Args:
        files: which; every runbook of the settings' folder when none is named.
    """
    from drd.cli.checked_view import told
    from drd.daemon.offline import load

    return told(common, load(config_path(config)).check_runbooks(files), "checked-runbooks")


def plan(
    runbook: str,
    *,
    mode: Annotated[Mode, Parameter()],
    ungraceful: Annotated[bool, Parameter(negative="")] = False,
    input_: Annotated[tuple[str, ...], Parameter(name="--input", negative="")] = (),
    only: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    skip: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    recovery_point: str = "",
    config: Config = None,
    common: Common = DEFAULT,
) -> int:
    """Show what a runbook would do, step by step, with targets and times. Touches nothing.

    Args:
        runbook: its id.
        mode: what for.
        ungraceful: the home region cannot be reached.
        input_: an input of the runbook, NAME=VALUE; may be repeated.
        only: a step or a group; the other steps that do the work are left out, except approvals; may be repeated.
        skip: a step or a group that is left out; may be repeated.
        recovery_point: newest, latest, latest-processed, latest-app-consistent, newest-clean, an instant (the newest
            before it) or a point's id, for every step that takes one; without it as the runbook says.
    """
    from drd.cli.asking import inputs_of
    from drd.cli.output import emit
    from drd.cli.plan_view import plan_sheets
    from drd.cli.words import words_of

    body = PlanBody(
        runbook=runbook,
        tenant=common.tenant,
        mode=mode,
        inputs=inputs_of(input_),
        graceful=not ungraceful,
        only=only,
        skip=skip,
        recovery_point=recovery_point,
    )
    shape = _plan(config, common, body)
    emit(common, shape, lambda: plan_sheets(words_of(common), shape))
    return Exit.OK


def _plan(config: Path | None, common: Common, body: PlanBody) -> PlanShape:
    if _asks_the_daemon(config, common):
        with Daemon.of(common) as daemon:
            return daemon.plan(body)
    from drd.daemon.offline import load

    return load(config_path(config)).plan(body)


def schema(*, out: Path | None = None, common: Common = DEFAULT) -> int:
    """Give the JSON Schemas of the files that people write: runbooks, catalogues, settings.

    Args:
        out: a folder to write them into, one file each.
    """
    from drd.cli.output import Sheet, emit, tell
    from drd.cli.words import words_of
    from drd.daemon.offline import schemas

    found = schemas()
    if out is None:
        rows = tuple((name, str(each.get("title", ""))) for name, each in found.items())
        emit(common, dict(found), lambda: (Sheet((), rows, notes=(words_of(common).say("schema-note"),)),))
        return Exit.OK
    out.mkdir(parents=True, exist_ok=True)
    for name, each in found.items():
        (out / name).write_text(json.dumps(each, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        tell(common, str(out / name))
    return Exit.OK


RUNBOOK = command_group(
    "runbook", "Runbooks: what is on the shelf, whether it is right, what it would do.", list_, check, plan, schema
)
