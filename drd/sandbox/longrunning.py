"""How long-running operations show on the wire: the 202 or 201 that starts one, and the addresses that tell of it."""

from collections.abc import Iterable

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.operations import FAILED, Operation
from drd.sandbox.wire import JsonObject, Response, answer

RETRY_AFTER = 10.0
"""Seconds of world time between polls, unless a provider says otherwise."""


def accepted(
    call: Call,
    operation: Operation,
    *,
    status: int = 202,
    body: JsonObject | None = None,
    monitor: str = "",
    location: str = "",
    retry_after: float = RETRY_AFTER,
) -> Response:
    """Return the answer that starts an operation.

    `monitor` is the path for Azure-AsyncOperation, `location` the one for Location; an empty one leaves its header out,
    as some of Azure's addresses do. A `?monitor=true` may follow the path of `location`.

    Raises:
        ValueError: the addresses lead to another operation: a mistake of the provider's author.
    """
    if (monitor or location) and operation.id not in monitor + location:
        message = f"the answer must lead to operation {operation.id}, not to {monitor or location}"
        raise ValueError(message)
    headers = {"retry-after": f"{retry_after:g}"}
    if monitor:
        headers["azure-asyncoperation"] = call.link(monitor)
    if location:
        path, asked, _ = location.partition("?monitor=true")
        headers["location"] = call.link(path, **({"monitor": "true"} if asked else {}))
    return answer(status, body, headers)


def operation_status(call: Call) -> Response:
    """Answer the Azure-AsyncOperation address; the route's template names the operation `{operation}`."""
    operation = call.world.operations.get(call.params["operation"])
    headers = {} if operation.is_final else {"retry-after": f"{RETRY_AFTER:g}"}
    return answer(200, operation.status_body(), headers)


def operation_result(call: Call, *, without: int = 204) -> Response:
    """Answer the Location address: 202 while it runs, then 200 with the result, or `without` where there is none."""
    operation = call.world.operations.get(call.params["operation"])
    if not operation.is_final:
        again = call.link(call.request.path, **{k: v for k, v in call.query.items() if k != "api-version"})
        return answer(202, None, {"location": again, "retry-after": f"{RETRY_AFTER:g}"})
    if operation.status == FAILED and operation.error:
        raise ArmError(409, str(operation.error["code"]), str(operation.error["message"]))
    return answer(200, operation.result) if operation.result is not None else answer(without)


def region_of_operation(call: Call) -> Iterable[str]:
    """Return the region whose provider tells of the operation in the path."""
    region = call.world.operations.get(call.params["operation"]).region
    return (region,) if region else ()
