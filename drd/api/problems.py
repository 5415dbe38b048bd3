"""Errors as RFC 9457 problem details: one table from the kinds of error to HTTP, and nothing leaves without it."""

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from drd.api.wire.problem import Problem
from drd.domain import errors
from drd.ports.in_hand import REQUEST

_log = structlog.get_logger(__name__)

_STATUS: tuple[tuple[type[errors.DrdError], HTTPStatus], ...] = (
    (errors.NotFoundError, HTTPStatus.NOT_FOUND),
    (errors.ForbiddenError, HTTPStatus.FORBIDDEN),
    (errors.ConflictError, HTTPStatus.CONFLICT),
    (errors.InvalidError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.RefusedError, HTTPStatus.CONFLICT),
    (errors.TransientError, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.JournalUnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    # Not 503, after which programs ask again by themselves: what was asked may have been done.
    (errors.AmbiguousError, HTTPStatus.GATEWAY_TIMEOUT),
    # Nothing that the caller could have asked better: a damaged journal, an operation that failed.
    (errors.PermanentError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
MEDIA_TYPE = "application/problem+json"


def problem_of(error: errors.DrdError) -> Problem:
    """Turn one of drd's own errors into a problem."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    return Problem(
        title=error.message,
        status=status,
        code=error.code,
        target=error.target,
        hint=error.hint,
        faults=error.faults if isinstance(error, errors.InvalidError) else (),
        other=error.other if isinstance(error, errors.ConflictError) else "",
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Let every error leave as a problem."""
    app.add_exception_handler(errors.DrdError, _known)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


async def _known(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, errors.DrdError):
        raise TypeError("registered for drd's own errors only") from error
    return _answer(problem_of(error))


async def _malformed(_request: Request, error: Exception) -> JSONResponse:
    faults: tuple[str, ...] = ()
    if isinstance(error, RequestValidationError):
        faults = tuple(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
    hint = "use the `drd` command of the same release"
    return _answer(Problem(title="the request cannot be read", status=422, code="invalid", faults=faults, hint=hint))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = "not-found" if status == HTTPStatus.NOT_FOUND else "http"
    return _answer(Problem(title=HTTPStatus(status).phrase, status=status, code=code))


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    _log.error("request failed", path=request.url.path, exc_info=error)
    hint = f"the daemon's log has the details, under the request {REQUEST.get()}"
    return _answer(Problem(title="drd has a defect: the request failed", status=500, code="defect", hint=hint))


def _answer(problem: Problem) -> JSONResponse:
    return JSONResponse(problem.model_dump(mode="json"), status_code=problem.status, media_type=MEDIA_TYPE)
