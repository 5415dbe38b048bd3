"""Begin: draft settings and a catalogue from what a subscription holds. Reads only, and overwrites nothing."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.faults import usage_error
from drd.cli.group import lone_command


def init(
    *,
    from_azure: Annotated[bool, Parameter(negative="")] = False,
    subscription: tuple[str, ...] = (),
    home: str = "",
    recovery: str = "",
    into: Path = Path("config"),
    identity: str = "",
    common: Common = DEFAULT,
) -> int:
    """Draft a municipality's catalogue from its subscriptions, with tags as hints. 7 when not everything was seen.

    Asks Azure only by lists, and writes nothing over a file that is there. Name the municipality with --tenant.

    Args:
        from_azure: ask Azure; there is no other way yet.
        subscription: its id; may be given several times.
        home: the region where services run; left out, the one with most machines.
        recovery: the region where they are brought back; left out, the one that Site Recovery replicates to.
        into: the folder of the settings and of the catalogue.
        identity: client id of a managed identity; left out, what this host or you are signed in as.
    """
    from drd.cli.output import Sheet, emit, tell
    from drd.cli.words import words_of
    from drd.daemon.drafting import DraftWish, draft_files
    from drd.domain.drafting import DraftTerms

    if not from_azure or not subscription or not common.tenant:
        raise usage_error("say from what and for whom", "drd init --from-azure --subscription ID --tenant MUNICIPALITY")
    terms = DraftTerms(tenant=common.tenant, subscriptions=subscription, home=home, recovery=recovery)
    done = draft_files(DraftWish(terms=terms, into=into, identity=identity))
    words = words_of(common)
    data = {"files": list(done.files), "services": done.services, "items": done.items, "notes": list(done.notes)}
    rows = tuple((each,) for each in done.files)
    emit(common, data, lambda: (Sheet((words.say("heading-file"),), rows, notes=done.notes),))
    tell(common, words.say("drafted", services=done.services, items=done.items))
    return Exit.MISSED if done.notes else Exit.OK


INIT = lone_command("init", init)
