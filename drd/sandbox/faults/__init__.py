"""Faults on order: what the sandbox's Azure does wrong, when, to whom, how often.

A fault has a kind and a selection. It strikes a call, a token or, as a condition, what a provider is about to do; every
strike is in the journal, and the same orders and calls strike the same way for a seed. A provider asks:

    fault = call.world.faults.condition("allocation", target=arm_id, region=location, at=now)
    if fault is not None:
        raise fault.error()
"""

from drd.sandbox.faults.fault import Asked, Fault, make
from drd.sandbox.faults.kinds import KINDS, Kind
from drd.sandbox.faults.orders import Faults, Order, Strike, named
from drd.sandbox.faults.reading import read_fault

__all__ = ["KINDS", "Asked", "Fault", "Faults", "Kind", "Order", "Strike", "make", "named", "read_fault"]
