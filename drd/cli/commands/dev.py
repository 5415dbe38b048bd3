"""A simulated Azure, the daemon and a sample municipality, to play with."""

import sys
from pathlib import Path

from drd.cli.common import DEFAULT, Common, own_socket
from drd.cli.exits import Exit
from drd.cli.group import lone_command


def dev(*, speed: int = 60, seed: int = 1, state: Path | None = None, common: Common = DEFAULT) -> int:
    """Run a simulated Azure, the daemon and a sample municipality until Ctrl-C. Nothing real is touched.

    Args:
        speed: how many times as fast time runs.
        seed: decides every id and duration of the simulated Azure.
        state: a folder to keep the journal and the logs in.
    """
    from drd.cli.dev_view import addresses, wait_for_the_end
    from drd.cli.output import emit
    from drd.cli.stage import ending_cleanly
    from drd.cli.words import words_of
    from drd.daemon.rehearsal import RehearsalWish, rehearsal

    words = words_of(common)
    socket = common.socket or own_socket()
    wish = RehearsalWish(folder=state, socket=socket, speed=speed, seed=seed)
    with ending_cleanly(), rehearsal(wish) as stage:
        data, sheet = addresses(words, stage)
        emit(common, data, lambda: (sheet,))
        sys.stdout.flush()
        try:
            wait_for_the_end({"sandbox": stage.sandbox_process, "daemon": stage.daemon_process})
        except KeyboardInterrupt:
            return Exit.OK


DEV = lone_command("dev", dev)
