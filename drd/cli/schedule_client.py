"""Asks the daemon about its calendar."""

from drd.api.wire.schedules import CalendarShape, ComingShape, ScheduleShape, SlotShape, SteerBody, TriggerBody
from drd.cli.client import Connected, part


class Schedules(Connected):
    """Asks what comes, and steers schedules."""

    def all(self) -> list[ScheduleShape]:
        """Ask which there are."""
        return self._ask(list[ScheduleShape], "GET", "/schedules")

    def coming(self, schedule: str | None, *, count: int) -> list[ComingShape]:
        """Ask what comes."""
        return self._ask(list[ComingShape], "GET", "/coming", query={"schedule": schedule, "count": str(count)})

    def calendar(self, schedule: str | None, *, days: int) -> CalendarShape:
        """Ask for the calendar."""
        return self._ask(CalendarShape, "GET", "/calendar", query={"schedule": schedule, "days": str(days)})

    def trigger(self, schedule: str, *, reason: str, anyway: bool) -> SlotShape:
        """Have it done now."""
        body = TriggerBody(reason=reason, anyway=anyway)
        return self._ask(SlotShape, "POST", f"/schedules/{part(schedule)}/trigger", body=body)

    def pause(self, schedule: str, *, reason: str) -> list[ScheduleShape]:
        """Stop it."""
        path = f"/schedules/{part(schedule)}/pause"
        return self._ask(list[ScheduleShape], "POST", path, body=SteerBody(reason=reason))

    def resume(self, schedule: str, *, reason: str) -> list[ScheduleShape]:
        """Let it go on."""
        path = f"/schedules/{part(schedule)}/resume"
        return self._ask(list[ScheduleShape], "POST", path, body=SteerBody(reason=reason))
