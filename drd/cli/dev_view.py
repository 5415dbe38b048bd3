"""What `drd dev` prints, and how it waits."""

import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, NoReturn

from drd.api.wire.problem import Problem
from drd.cli.client import Daemon
from drd.cli.exits import Exit
from drd.cli.faults import CommandError
from drd.cli.output import Sheet
from drd.cli.sandbox_client import ask
from drd.cli.stage import Child, Stage
from drd.cli.words import Words

_LOOK_SECONDS = 0.5


def addresses(words: Words, stage: Stage) -> tuple[dict[str, Any], Sheet]:
    """Give the addresses of everything that runs, as data and for people."""
    state = ask(stage.sandbox, "GET", "/state")
    with Daemon(stage.socket) as daemon:
        services = [each.id for each in daemon.services(None)]
    kinds: Counter[str] = Counter(
        {name.rsplit("/", 1)[-1].casefold(): count for name, count in state["resources"].items()}
    )
    up = (
        words.say("dev-lost", regions=", ".join(state["regions-lost"]))
        if state["regions-lost"]
        else words.say("dev-up")
    )
    estate = words.say("dev-estate", machines=kinds["virtualmachines"], vaults=kinds["vaults"])
    data = {
        "sandbox": stage.sandbox,
        "front": stage.front,
        "services": services,
        "socket": str(stage.socket),
        "metrics": stage.metrics,
        "speed": stage.speed,
    }
    rows = (
        (words.say("dev-sandbox"), f"{stage.sandbox}   {up}   {estate}"),
        (words.say("dev-front"), stage.front),
        (words.say("dev-services"), "  ".join(services)),
        (words.say("dev-socket"), str(stage.socket)),
        (words.say("dev-metrics"), stage.metrics),
        (words.say("dev-speed"), words.say("dev-times", speed=stage.speed)),
        (words.say("dev-next"), "drd service list"),
        ("", "drd run start burgerzaken --mode drill"),
        ("", f"drd sandbox region-down westeurope --ago 10m --url {stage.sandbox}"),
        ("", "drd run start burgerzaken --mode failover --ungraceful --incident-at=-10m"),
        ("", words.say("dev-approve", who=stage.second_actor)),
    )
    return data, Sheet((), rows, notes=(words.say("until-stopped"),))


def wait_for_the_end(processes: Mapping[str, Child]) -> NoReturn:
    """Wait until one of the processes ends, which it should not.

    Raises:
        CommandError: one ended.
        KeyboardInterrupt: a person had enough.
    """
    idle = threading.Event()
    while True:
        for name, process in processes.items():
            code = process.poll()
            if code is not None:
                hint = "start again with --state DIR and read the log there"
                problem = Problem(title=f"the {name} ended with {code}", status=500, code="ended", hint=hint)
                raise CommandError(problem, Exit.FAILURE)
        idle.wait(_LOOK_SECONDS)
