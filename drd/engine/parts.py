"""What the engine is built from."""

from collections.abc import Callable
from dataclasses import dataclass, field

from drd.domain.drill_seal import DrillSeal
from drd.domain.ids import RunId
from drd.engine.options import EngineOptions
from drd.ports.capabilities import Provider
from drd.ports.catalogue import ActionCatalogue, CheckCatalogue
from drd.ports.clock import Clock
from drd.ports.conductor import Conductor
from drd.ports.dispatcher import Dispatcher
from drd.ports.journal import Journal
from drd.ports.ledger import Ledger
from drd.ports.observer import Historian, Observer
from drd.ports.orders import Orders
from drd.ports.reach import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """The ports that the engine speaks to, handed in by wiring.

    Attributes:
        provider: the cloud for what changes production; drill_provider: for drills, under an identity that cannot fail
            over. None: the same.
        reach: how checks ask guests in production; drill_reach: in a drill.
        orders: how orders reach runs that another daemon moves; None where there is no other daemon.
        seal: seals the resource groups that drills make; None where no key was given.
        historians: observers that also hear what a run did before this process took it up.
        new_run_id: makes ids for runs; None for random ones.
        conductor: this process, for drills that end it; None where it is never ended.
    """

    journal: Journal
    dispatcher: Dispatcher
    ledger: Ledger
    actions: ActionCatalogue
    checks: CheckCatalogue
    provider: Provider
    reach: Reach
    drill_reach: Reach
    clock: Clock
    drill_provider: Provider | None = None
    orders: Orders | None = None
    observers: tuple[Observer, ...] = ()
    historians: tuple[Historian, ...] = ()
    options: EngineOptions = field(default_factory=EngineOptions)
    seal: DrillSeal | None = None
    new_run_id: Callable[[], RunId] | None = None
    conductor: Conductor | None = None
