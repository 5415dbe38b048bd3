"""Approvals: questions of running plans that wait for a person."""

from drd.api.wire.approvals import AnswerBody
from drd.cli.client import Daemon
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group


def list_(*, common: Common = DEFAULT) -> int:
    """List what waits for an answer, oldest run first."""
    from drd.cli.approval_view import approvals_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        waiting = daemon.approvals()
    emit(common, waiting, lambda: (approvals_sheet(words_of(common), waiting),))
    return Exit.OK


def show(approval: str, *, common: Common = DEFAULT) -> int:
    """Show one question: what is asked, of whom, and which plan it is about.

    Args:
        approval: RUN/STEP, as `drd approval list` shows it.
    """
    from drd.cli.approval_view import approval_sheets
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        shape = daemon.approval(approval)
    emit(common, shape, lambda: approval_sheets(words_of(common), shape))
    return Exit.OK


def approve(approval: str, *, reason: str = "", common: Common = DEFAULT) -> int:
    """Answer yes.

    Args:
        approval: RUN/STEP, as `drd approval list` shows it.
        reason: stands in the journal.
    """
    return _answer(common, approval, AnswerBody(decision="approve", reason=reason))


def deny(approval: str, *, reason: str = "", common: Common = DEFAULT) -> int:
    """Answer no: the step fails, and a person decides how the run goes on.

    Args:
        approval: RUN/STEP, as `drd approval list` shows it.
        reason: why not; it stands in the journal, and it is needed.
    """
    from drd.cli.starting import given_reason
    from drd.cli.words import words_of

    reason = given_reason(common, words_of(common), reason)
    return _answer(common, approval, AnswerBody(decision="deny", reason=reason))


def _answer(common: Common, approval: str, body: AnswerBody) -> int:
    from drd.cli.output import emit
    from drd.cli.run_view import runs_sheet
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        run = daemon.answer(approval, body)
    emit(common, run, lambda: (runs_sheet(words_of(common), [run]),))
    return Exit.OK


APPROVAL = command_group("approval", "Questions of running plans that wait for a person.", list_, show, approve, deny)
