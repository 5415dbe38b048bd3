"""Long-running operations: started by a request, ended by the clock, told through Azure-AsyncOperation and Location."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drd.sandbox.agenda import Agenda
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.faults import Faults
from drd.sandbox.wire import JsonObject

Outcome = Callable[[datetime], JsonObject | None]
"""The effect of an operation, applied when it ends; it returns the body of the last GET, or raises ArmError to fail."""

Mishap = Callable[[datetime, ArmError], None]
"""What an operation leaves that fails at its end before its effect could be applied."""

IN_PROGRESS, SUCCEEDED, FAILED, CANCELED = "InProgress", "Succeeded", "Failed", "Canceled"


@dataclass(slots=True, kw_only=True)
class Operation:
    """One long-running operation; `properties` go into its status body, `result` is what its Location answers."""

    id: str
    kind: str
    target: str
    region: str
    started_at: datetime
    ends_at: datetime
    status: str = IN_PROGRESS
    error: JsonObject | None = None
    result: JsonObject | None = None
    properties: JsonObject | None = None
    details: JsonObject = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        """Tell whether it has ended."""
        return self.status != IN_PROGRESS

    def status_body(self) -> JsonObject:
        """Return the body of the Azure-AsyncOperation address."""
        body: JsonObject = {"name": self.id, "status": self.status, "startTime": instant_text(self.started_at)}
        if self.is_final:
            body["endTime"] = instant_text(self.ends_at)
        if self.error is not None:
            body["error"] = self.error
        if self.properties is not None:
            body["properties"] = self.properties
        return body


class Operations:
    """All operations of the world, by id."""

    def __init__(self, agenda: Agenda, new_id: Callable[[], str], faults: Faults | None = None) -> None:
        """Take the agenda that ends operations, a source of ids, and the faults that may keep one from ending well."""
        self._agenda = agenda
        self._new_id = new_id
        self._faults = Faults() if faults is None else faults
        self._all: dict[str, Operation] = {}
        self.on_failure: Callable[[Operation], None] = _let_be
        """Told of an operation that ended badly, once."""

    def start(
        self,
        kind: str,
        target: str,
        *,
        region: str,
        at: datetime,
        took: timedelta,
        outcome: Outcome | None = None,
        mishap: Mishap | None = None,
    ) -> Operation:
        """Start an operation that ends after `took`; its outcome is applied then, once.

        A fault may be on order by which it never ends, or fails at its end without an outcome: then with its mishap.
        """
        operation = Operation(
            id=self._new_id(), kind=kind, target=target, region=region, started_at=at, ends_at=at + took
        )
        self._all[operation.id.lower()] = operation
        if self._faults.condition("operation-endless", target=target, region=region, at=at) is None:
            asked = self._faults.caller

            def end(instant: datetime) -> None:
                with self._faults.on_behalf(asked):
                    self._end(operation, instant, outcome, mishap)

            self._agenda.at(operation.ends_at, end, region=region)
        return operation

    def get(self, operation_id: str) -> Operation:
        """Return an operation.

        Raises:
            ArmError: 404, no operation has this id.
        """
        found = self._all.get(operation_id.lower())
        if found is None:
            raise ArmError(404, "OperationNotFound", f"The operation '{operation_id}' was not found.")
        return found

    def running(self, *, target: str | None = None) -> list[Operation]:
        """Return what has not ended, narrowed to a target's id."""
        wanted = target.casefold() if target is not None else None
        return [
            one
            for one in self._all.values()
            if not one.is_final and (wanted is None or one.target.casefold() == wanted)
        ]

    def cancel(self, operation_id: str, at: datetime) -> None:
        """Cancel an operation; its outcome is then never applied. One that has ended stays as it is."""
        operation = self.get(operation_id)
        if not operation.is_final:
            operation.status, operation.ends_at = CANCELED, at

    def _end(self, operation: Operation, at: datetime, outcome: Outcome | None, mishap: Mishap | None) -> None:
        if operation.is_final:
            return
        operation.ends_at = at
        fault = self._faults.condition("operation-fails-late", target=operation.target, region=operation.region, at=at)
        try:
            if fault is not None:
                refusal = fault.error()
                if mishap is not None:
                    mishap(at, refusal)
                raise refusal
            operation.result = outcome(at) if outcome else None
            operation.status = SUCCEEDED
        except ArmError as error:
            operation.status, operation.error = FAILED, error.body()
            self.on_failure(operation)


def _let_be(_operation: Operation) -> None:
    """Leave the world as it is."""
