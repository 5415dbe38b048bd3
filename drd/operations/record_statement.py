"""Record what people tell: of an exercise, or of what a record could not know. Once each, and never changed."""

from dataclasses import dataclass

from drd.domain.actor import Actor, Role
from drd.domain.canonical import Json
from drd.domain.errors import ConflictError, InvalidError, NotFoundError, RefusedError
from drd.domain.evidence import NOT_APPLICABLE, Contents, EvidenceKind, EvidenceRecord
from drd.domain.evidence_of_ledger import service_told
from drd.domain.ids import ServiceId, TenantId
from drd.domain.statement import (
    Statement,
    addition_key,
    evidence_of_addition,
    evidence_of_exercise,
    exercise_key,
)
from drd.ports.clock import Clock
from drd.ports.evidence import EvidenceBook
from drd.ports.services import Services

_EXERCISE = (Role.OPERATOR, Role.RESPONDER)
_ADDITION = (Role.OPERATOR, Role.RESPONDER, Role.APPROVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordStatement:
    """Writes people's words into the book of evidence. What was told before is given again, not written twice."""

    book: EvidenceBook
    services: Services
    clock: Clock
    version: str

    async def exercise(self, actor: Actor, told: Statement) -> EvidenceRecord:
        """Record an exercise; durable on return.

        Raises:
            ForbiddenError: the actor is neither operator nor responder of the municipality.
            NotFoundError: there is no such municipality or service, or a record that it names is not there.
            RefusedError: the exercise is not over, or a record that it names is of another municipality.
            ConflictError: something else was recorded under this id.
        """
        tenant = TenantId(told.tenant)
        actor.must_have(*_EXERCISE, tenant=tenant)
        self.services.tenant(tenant)
        if told.ended_at > self.clock.now():
            raise RefusedError(
                "the exercise is not over", target=told.id, hint="record it when it is", code="exercise-not-over"
            )
        service: Json = NOT_APPLICABLE
        if told.service is not None:
            known = self.services.service(tenant, ServiceId(told.service))[1]
            service = service_told(known.id, known, known.tier)
        linked = await self._linked(told, tenant)
        body = evidence_of_exercise(told, service, linked, by=actor.name, version=self.version)
        return await self._append(EvidenceKind.EXERCISE, told, body, key=exercise_key(tenant, told.id))

    async def addition(self, actor: Actor, to: str, told: Statement) -> EvidenceRecord:
        """Record what people add to a run's record, or to another one; durable on return.

        `to` is a run, or a record's number, id, or the beginning of it; `told.tenant` is not looked at.

        Raises:
            ForbiddenError: the actor is no operator, responder or approver of the record's municipality.
            NotFoundError: there is no such record, or one that it names is not there.
            RefusedError: the record is itself an addition, or one that it names is of another municipality.
            InvalidError: several records begin so.
            ConflictError: something else was added under this id.
        """
        actor.must_have(*_ADDITION)
        about = await self._of(to)
        first = about.body()
        tenant = TenantId(first["tenant"])
        actor.must_have(*_ADDITION, tenant=tenant)
        if first["type"] == EvidenceKind.ADDITION.value:
            hint = f"add to {first['records'][0]['id']}, which it is about"
            raise RefusedError("this record is itself an addition", target=to, hint=hint, code="adds-to-addition")
        linked = await self._linked(told, tenant)
        body = evidence_of_addition(told, about, linked, by=actor.name, version=self.version)
        key = addition_key(first["id"], told.id)
        owned = Statement(id=told.id, tenant=tenant, said=told.said)
        return await self._append(EvidenceKind.ADDITION, owned, body, key=key)

    async def _append(self, kind: EvidenceKind, told: Statement, body: Contents, *, key: str) -> EvidenceRecord:
        record = await self.book.append(kind, TenantId(told.tenant), body, self.clock.now(), key=key)
        there = record.body()
        if there["trigger"]["digest"] != told.digest:
            raise ConflictError(
                "something else was recorded under this id",
                target=told.id,
                other=there["id"],
                hint="a record is never changed: give it another id, or add to the record that is there",
            )
        return record

    async def _linked(self, told: Statement, tenant: TenantId) -> list[EvidenceRecord]:
        found = [await self._of(name) for name in told.names()]
        for name, record in zip(told.names(), found, strict=True):
            if record.body()["tenant"] != tenant:
                hint = "name records of one municipality only"
                raise RefusedError("the record is of another one", target=name, hint=hint, code="record-of-another")
        return found

    async def _of(self, name: str) -> EvidenceRecord:
        try:
            return await self.book.get(name)
        except NotFoundError as error:
            hint = "`drd evidence list` shows them; a run's record comes some seconds after its end"
            raise NotFoundError("there is no such record of evidence", target=name, hint=hint) from error
        except InvalidError as error:
            raise InvalidError(error.message, faults=error.faults, target=name, hint="write the whole id") from error
