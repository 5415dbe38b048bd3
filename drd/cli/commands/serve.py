"""The daemon: it holds the journal, executes runs, and answers on its socket."""

from drd.cli.group import lone_command
from drd.cli.places import Config, config_path


def serve(*, config: Config = None) -> int:
    """Run the daemon: it holds the journal, executes runs, and answers on its socket, until SIGTERM or Ctrl-C."""
    from drd.daemon.memory import hold_collector, without_drawing

    hold_collector()
    with without_drawing():
        from drd.daemon.service import serve as run_daemon

        return run_daemon(config_path(config))


SERVE = lone_command("serve", serve)
