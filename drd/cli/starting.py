"""Confirming what cannot be taken back: a person types the name, a script gives it; a pipe is never asked."""

import sys

from drd.cli.common import Common
from drd.cli.faults import CommandError, usage_error
from drd.cli.words import Words


def can_ask(common: Common) -> bool:
    """Say whether a person can be asked: both ends of the terminal are there, and asking is allowed."""
    return not common.no_input and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> str:
    """Ask one line on stderr; the end of the input is an empty answer."""
    sys.stderr.write(question + " ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def confirmed_name(common: Common, words: Words, wanted: str, given: str) -> str:
    """Give the name that confirms: as given, or as typed now.

    Raises:
        CommandError: nobody can be asked, or something else was typed.
    """
    if given:
        return _right(given, wanted)
    if not can_ask(common):
        raise not_confirmed(wanted)
    return _right(ask(words.say("type-name", name=wanted)), wanted)


def _right(given: str, wanted: str) -> str:
    if given != wanted:
        raise usage_error(
            f"{given!r} is not {wanted!r}: nothing was started", f"type exactly {wanted}", code="not-confirmed"
        )
    return given


def not_confirmed(wanted: str) -> CommandError:
    """Say how to confirm without a terminal."""
    return usage_error(
        f"this must be confirmed by naming {wanted!r}, and there is no terminal to ask on: nothing was done",
        f"add --confirm {wanted} --reason TEXT",
        code="not-confirmed",
    )


def given_reason(common: Common, words: Words, given: str) -> str:
    """Give the reason: as given, or as typed now. Raises CommandError where there is none."""
    reason = given.strip() or (ask(words.say("type-reason")) if can_ask(common) else "")
    if not reason:
        raise usage_error(
            "a reason is needed: nothing was done", "add --reason TEXT; it stands in the journal", "no-reason"
        )
    return reason


def agreed(common: Common, words: Words, *, is_given: bool) -> None:
    """Let a person agree to what is harmless but not nothing. Raises CommandError where nobody does."""
    if is_given:
        return
    if not can_ask(common):
        raise usage_error(
            "this needs a yes, and there is no terminal to ask on: nothing was done", "add --yes", "not-confirmed"
        )
    if ask(words.say("type-yes")).casefold() not in {"y", "yes", "j", "ja", "o", "oui"}:
        raise usage_error("not agreed: nothing was done", "answer yes, or add --yes", "not-confirmed")
