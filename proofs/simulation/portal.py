"""Somebody who works in the portal, and knows nothing of drd."""

import json
from http import HTTPStatus

from drd.daemon.one_process import NOWHERE
from drd.sandbox.wire import Request
from proofs.simulation.house import House

_VERSION = "2024-04-01"


def fail_over_in_portal(house: House) -> None:
    """Fail the replicated machine over, if it still can be."""
    world = house.sandbox.world
    item = next(one.id for one in world.store.each() if "/replicationprotecteditems/" in one.id.casefold())
    how = {"failoverDirection": "PrimaryToRecovery", "sourceSiteOperations": "NotRequired"}
    body = {"properties": {**how, "providerSpecificDetails": {"instanceType": "A2A"}}}
    bearer = f"Bearer {world.identities.token_for('sandbox-owner')}"
    url = f"{NOWHERE}{item}/unplannedFailover?api-version={_VERSION}"
    request = Request(method="POST", url=url, headers={"authorization": bearer}, body=json.dumps(body).encode())
    answer = house.sandbox.answer(request)
    effects = world.journal.entries[-1].effects if answer.status < HTTPStatus.BAD_REQUEST else ()
    house.in_portal |= {str(effect.get("operation")) for effect in effects}
    house.tell(f"somebody fails {item.rpartition('/')[2]} over in the portal: {answer.status}")
