"""Scaling plans, as far as a recovery reads them: which plan starts and stops the hosts of a pool."""

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.desktops.answers import (
    GROUP_SCOPE,
    PROVIDER,
    VERSIONS,
    resource_id,
    tracked_wire,
    windowed,
)
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

SCALING_PLAN_TYPE = f"{PROVIDER}/scalingplans"


def build_scaling_plan(*, id: str, location: str, object_id: str, pool_id: str, time_zone: str) -> Resource:  # noqa: A002 - ARM's word
    """Return a plan for one pooled host pool: working days, from seven to seven."""
    return Resource(
        id=resource_id("scalingplans", id),
        type=SCALING_PLAN_TYPE,
        location=location,
        properties={
            "objectId": object_id,
            "description": "",
            "friendlyName": "",
            "timeZone": time_zone,
            "hostPoolType": "Pooled",
            "exclusionTag": "",
            "schedules": [_working_days()],
            "hostPoolReferences": [{"hostPoolArmPath": pool_id, "scalingPlanEnabled": True}],
        },
    )


def list_pool(call: Call) -> Response:
    """List the plans of a pool."""
    pool = call.world.store.require(call.arm_id(drop=1))
    plans = [
        tracked_wire(one)
        for one in call.world.store.each(SCALING_PLAN_TYPE, subscription=call.subscription)
        if pool.key in {fold(str(each["hostPoolArmPath"])) for each in one.properties["hostPoolReferences"]}
    ]
    return windowed(call, plans)


def get(call: Call) -> Response:
    """Answer a plan."""
    return answer(200, tracked_wire(call.world.store.require(call.arm_id())))


def _working_days() -> JsonObject:
    return {
        "name": "weekdays",
        "daysOfWeek": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
        "rampUpStartTime": {"hour": 6, "minute": 0},
        "rampUpLoadBalancingAlgorithm": "BreadthFirst",
        "rampUpMinimumHostsPct": 100,
        "rampUpCapacityThresholdPct": 80,
        "peakStartTime": {"hour": 7, "minute": 0},
        "peakLoadBalancingAlgorithm": "BreadthFirst",
        "rampDownStartTime": {"hour": 19, "minute": 0},
        "rampDownLoadBalancingAlgorithm": "DepthFirst",
        "rampDownMinimumHostsPct": 100,
        "rampDownCapacityThresholdPct": 90,
        "rampDownForceLogoffUsers": False,
        "rampDownStopHostsWhen": "ZeroActiveSessions",
        "rampDownWaitTimeMinutes": 30,
        "rampDownNotificationMessage": "",
        "offPeakStartTime": {"hour": 21, "minute": 0},
        "offPeakLoadBalancingAlgorithm": "DepthFirst",
    }


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=GROUP_SCOPE + "/hostPools/{pool}/scalingPlans",
        handler=list_pool,
        operation=f"{PROVIDER}/hostpools/scalingplans/read",
        versions=VERSIONS,
    ),
    Route(
        method="GET",
        template=GROUP_SCOPE + "/scalingPlans/{plan}",
        handler=get,
        operation=f"{PROVIDER}/scalingplans/read",
        versions=VERSIONS,
    ),
)
