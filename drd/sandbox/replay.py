"""Asks a freshly planted world everything again that a snapshot says it was asked."""

from drd.sandbox.app import Sandbox
from drd.sandbox.front import Front, Reached, Refusal
from drd.sandbox.recording import ASK, CONNECT, Event
from drd.sandbox.snapshot import Snapshot, SnapshotError
from drd.sandbox.wire import Request


def replay(sandbox: Sandbox, snapshot: Snapshot) -> None:
    """Bring a world to where a snapshot left it, and let its clock go on from there.

    Raises:
        SnapshotError: the journal is another one afterwards: another version of the sandbox made the snapshot.
    """
    world = sandbox.world
    questions = _Questions(Front(world))
    for event in snapshot.events:
        world.clock.held = event.settled
        world.settle()
        world.clock.held, world.host.held = event.at, event.host_at
        if event.kind == ASK:
            sandbox.answer(Request(method=event.method, url=event.target, headers=event.headers, body=event.body))
        else:
            questions.ask(event)
    world.clock.resume(snapshot.now, snapshot.speed)
    world.host.held = None
    if world.journal.digest() != snapshot.digest:
        raise SnapshotError(
            "the journal is another one after the replay: the snapshot was made by another version of the sandbox, "
            "or the world had been changed by other means than requests"
        )


class _Questions:
    """Asks guests again; what was reached is remembered until it is talked to."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._reached: dict[tuple[str, bool], Reached] = {}

    def ask(self, event: Event) -> None:
        if event.kind == CONNECT:
            host, _, port = event.target.rpartition(":")
            outcome = self._front.connect(host, int(port), drill=event.drill)
            if not isinstance(outcome, Refusal):
                self._reached[event.target, event.drill] = outcome
            return
        reached = self._reached.get((event.target.partition("/")[0], event.drill))
        if reached is None:
            raise SnapshotError(f"nothing was reached that could be asked for {event.target}")
        self._front.talk(reached, event.method, event.target, drill=event.drill)
