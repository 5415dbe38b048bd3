"""What every test in the tree shares: the event loop, the time a unit test may take, and no silent skips in CI."""

import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog
from hypothesis import is_hypothesis_test, settings

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "tests" / "unit"
UNIT_SECONDS = 2
"""CPU time of a unit test: what else the machine does is not the test's fault."""
HUNG_SECONDS = 60
"""Time on the clock after which a unit test hangs."""
_SHORT = pytest.StashKey[bool]()
IN_CI = os.environ.get("CI", "") not in {"", "0", "false"}  # noqa: TID251 - the one switch of the test run itself

# Two slow cores are not a bug: time is limited by pytest-timeout. What fails is printed so that it can be repeated.
settings.register_profile("drd", deadline=None, print_blob=True)
settings.load_profile("drd")

# The library's own way to tell of an exception draws every variable around it, and takes seconds.
structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run coroutine tests on asyncio, the loop that the daemon runs on."""
    return "asyncio"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each unit test as short; a property is a hundred tests and keeps the limit of the configuration."""
    for item in items:
        single = item.path.is_relative_to(UNIT) and not is_hypothesis_test(getattr(item, "obj", None))
        item.stash[_SHORT] = single and item.get_closest_marker("timeout") is None
        if item.stash[_SHORT]:
            item.add_marker(pytest.mark.timeout(HUNG_SECONDS, func_only=True))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Give each unit test its two seconds."""
    began = time.process_time()
    yield
    used = time.process_time() - began
    if item.stash[_SHORT] and used > UNIT_SECONDS:
        pytest.fail(f"a unit test may take {UNIT_SECONDS} s of CPU time, this one took {used:.1f} s", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip without a named place into a failure when the run is CI's."""
    report = yield
    expected = hasattr(report, "wasxfail")
    if IN_CI and report.skipped and not expected and item.get_closest_marker("place") is None:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: skipped in CI without a place(...) that says where it runs"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Refuse a module that skips itself as a whole in CI: it has no item that could name a place."""
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid}: the whole file skips itself in CI; skip its tests, with a place(...)"
    return report
