"""What a person may do to a job of Site Recovery: resume one that waits for a manual action, or cancel one."""

from collections.abc import Callable
from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, conflict
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.moving import Moving, put_back
from drd.sandbox.recovery_services.plan_jobs import IN_PROGRESS, SUSPENDED, PlanJob
from drd.sandbox.recovery_services.plan_run import Run, end_run, resume
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.replication_jobs import end_job, job_in_path, job_named
from drd.sandbox.recovery_services.replication_operations import accept
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import Response


def resume_job(call: Call) -> Response:
    """Say that a plan's manual action was done: its job goes on a little later."""
    vault = vault_in_path(call)
    stored = job_in_path(call, vault)
    job: PlanJob | None = stored.hidden.get("plan-job")
    if job is None or job.state != SUSPENDED:
        raise _not_allowed(stored, "Resume")
    run: Run = stored.hidden["run"]
    comments = str((call.body.get("properties") or {}).get("comments") or "")
    waiting = job.due()

    def apply(at: datetime) -> None:
        now: PlanJob = call.world.store.require(stored.id).hidden["plan-job"]
        if now.due() == waiting:
            resume(call.world, run, comments, at)

    return _begin(call, stored, "asr.job-resume", apply)


def cancel_job(call: Call) -> Response:
    """Cancel a job: an item goes back to where it stood; what a plan has failed over already stays so."""
    vault = vault_in_path(call)
    stored = job_in_path(call, vault)
    plan_job: PlanJob | None = stored.hidden.get("plan-job")
    if plan_job is not None:
        if plan_job.state != SUSPENDED:
            raise _not_allowed(stored, "Cancel")
        return _begin(call, stored, "asr.job-cancel", lambda at: _cancel_plan(call, vault, stored, at))
    job = stored.hidden["job"]
    if job.state != IN_PROGRESS or job.plan_job:
        raise _not_allowed(stored, "Cancel")
    return _begin(call, stored, "asr.job-cancel", lambda at: _cancel_move(call, vault, stored, at))


def restart_job(call: Call) -> Response:
    """Refuse: no job of this kind of replication can be started again."""
    raise _not_allowed(job_in_path(call, vault_in_path(call)), "Restart")


def export_jobs(call: Call) -> Response:
    """Refuse: the sandbox writes no reports."""
    vault_in_path(call)
    raise ArmError(400, "OperationNotSupported", "The export of jobs is not supported here.")


def _cancel_plan(call: Call, vault: Resource, stored: Resource, at: datetime) -> None:
    job: PlanJob = call.world.store.require(stored.id).hidden["plan-job"]
    if job.ended_at is None:
        end_run(call.world, vault.id, job.name, at, cancelled=True)


def _cancel_move(call: Call, vault: Resource, stored: Resource, at: datetime) -> None:
    moving: Moving = stored.hidden["moving"]
    if job_named(call.world, vault, moving.job.name).ended_at is not None:
        return
    end_job(call.world, vault, moving.job.name, at, state="Cancelled")
    put_back(call.world, moving, at)
    for operation in call.world.operations.running(target=moving.item_id):
        call.world.operations.cancel(operation.id, at)


def _begin(call: Call, stored: Resource, kind: str, apply: Callable[[datetime], None]) -> Response:
    operation = call.world.operations.start(
        kind,
        stored.id,
        region=stored.location,
        at=call.now,
        took=call.world.profile.duration(kind, stored.id),
        outcome=apply,
    )
    call.effect(kind, id=stored.id, job=stored.name, operation=operation.id)
    return accept(call, stored, operation)


def _not_allowed(stored: Resource, action: str) -> ArmError:
    job = stored.hidden.get("plan-job") or stored.hidden["job"]
    return conflict("JobActionNotAllowed", f"'{action}' is not allowed on the job '{stored.name}': it is {job.state}.")


ROUTES = (
    *(
        Route(
            method="POST",
            template=f"{addresses.REPLICATION_JOB}/{verb}",
            handler=handler,
            operation=f"{addresses.REPLICATION_JOB_TYPE}/{verb}/action",
            regions=vault_region,
        )
        for verb, handler in (("resume", resume_job), ("cancel", cancel_job), ("restart", restart_job))
    ),
    Route(
        method="POST",
        template=f"{addresses.VAULT}/replicationJobs/export",
        handler=export_jobs,
        operation=f"{addresses.REPLICATION_JOB_TYPE}/export/action",
        regions=vault_region,
    ),
)
"""The POSTs on jobs."""
