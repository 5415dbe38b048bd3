"""Readiness: what would make a recovery fail, found before it is needed. Nothing here changes anything."""

from typing import Annotated, Literal

from cyclopts import Parameter

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.cli.readiness_client import Readiness


def list_(
    *,
    service: str | None = None,
    runbook: str | None = None,
    severity: Annotated[Literal["critical", "warning", "info"] | None, Parameter()] = None,
    common: Common = DEFAULT,
) -> int:
    """List what was found last, worst first, and since when.

    Args:
        service: of this service only.
        runbook: of this runbook only.
        severity: nothing that is less bad than this.
    """
    from drd.cli.output import emit
    from drd.cli.readiness_view import findings_sheet
    from drd.cli.words import words_of

    with Readiness.of(common) as readiness:
        found = readiness.found(tenant=common.tenant, service=service, runbook=runbook, severity=severity)
        now = readiness.state().now
    emit(common, found, lambda: (findings_sheet(words_of(common), found, now),))
    return Exit.OK


def check(runbook: str | None = None, *, common: Common = DEFAULT) -> int:
    """Look now, and say what is found. Asks Azure and guests, touches nothing. 7 when there is a finding.

    Args:
        runbook: look at this one and its service; left out, at everything.
    """
    from drd.cli.output import emit
    from drd.cli.readiness_view import findings_sheet
    from drd.cli.words import words_of

    with Readiness.of(common) as readiness:
        found, now = readiness.check(runbook, common.tenant), readiness.state().now
    emit(common, found, lambda: (findings_sheet(words_of(common), found, now),))
    return Exit.MISSED if found else Exit.OK


READINESS = command_group(
    "readiness", "What would make a recovery fail, found before it is needed. Changes nothing.", list_, check
)
