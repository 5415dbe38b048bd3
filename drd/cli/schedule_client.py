"""Asks the daemon about its calendar."""

from typing import Self

from drd.api.wire.schedules import CalendarShape, ComingShape, ScheduleShape, SlotShape, SteerBody, TriggerBody
from drd.cli.client import Connection, part
from drd.cli.common import Common


class Schedules:
    """A connection to the daemon. Use it with `with`."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection; nothing is sent yet."""
        self._connection = connection

    @classmethod
    def of(cls, common: Common) -> Self:
        """Connect as the common options say."""
        return cls(Connection(common.socket_path(), common.as_))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the connection."""
        self._connection.close()

    def all(self) -> list[ScheduleShape]:
        """Ask which there are."""
        return self._connection.ask(list[ScheduleShape], "GET", "/schedules")

    def coming(self, schedule: str | None, *, count: int) -> list[ComingShape]:
        """Ask what comes."""
        return self._connection.ask(
            list[ComingShape], "GET", "/coming", query={"schedule": schedule, "count": str(count)}
        )

    def calendar(self, schedule: str | None, *, days: int) -> CalendarShape:
        """Ask for the calendar."""
        return self._connection.ask(CalendarShape, "GET", "/calendar", query={"schedule": schedule, "days": str(days)})

    def trigger(self, schedule: str, *, reason: str, anyway: bool) -> SlotShape:
        """Have it done now."""
        body = TriggerBody(reason=reason, anyway=anyway)
        return self._connection.ask(SlotShape, "POST", f"/schedules/{part(schedule)}/trigger", body=body)

    def pause(self, schedule: str, *, reason: str) -> list[ScheduleShape]:
        """Stop it."""
        path = f"/schedules/{part(schedule)}/pause"
        return self._connection.ask(list[ScheduleShape], "POST", path, body=SteerBody(reason=reason))

    def resume(self, schedule: str, *, reason: str) -> list[ScheduleShape]:
        """Let it go on."""
        path = f"/schedules/{part(schedule)}/resume"
        return self._connection.ask(list[ScheduleShape], "POST", path, body=SteerBody(reason=reason))
