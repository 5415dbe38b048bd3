"""The FastAPI application: routes handed in by the daemon, one authentication, errors as problem details."""

from collections.abc import Callable, Iterable

from fastapi import FastAPI

from drd import __version__
from drd.api.authentication import Authentication
from drd.api.counting import Counting
from drd.api.naming import Naming
from drd.api.problems import add_problem_handlers
from drd.api.routing import Routes, UseCases
from drd.ports.vitals import AnsweredRequest

PREFIX = "/api/v1"


def create_app(
    use_cases: UseCases,
    authentication: Authentication,
    routes: Iterable[Routes],
    answered: Callable[[AnsweredRequest], None] | None = None,
) -> FastAPI:
    """Build the application. It holds no state of its own. `answered` hears of every request that was answered."""
    app = FastAPI(title="drd", version=__version__, docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.state.use_cases = use_cases
    app.state.authentication = authentication
    add_problem_handlers(app)
    if answered is not None:
        app.add_middleware(Counting, answered=answered, prefix=PREFIX)
    app.add_middleware(Naming)
    for each in routes:
        app.include_router(each.router, prefix=PREFIX)
    return app
