"""Traffic managers and security groups of the small cloud in memory."""

from dataclasses import dataclass, replace

from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.traffic import Barrier, Endpoint, FenceWish, TrafficProfile
from tests.fakes.world import World


@dataclass
class WorldTraffic:
    """Answers `Traffic`: an endpoint that is enabled is online a minute later."""

    world: World

    async def profile(self, profile: ArmId) -> TrafficProfile | None:
        """Read."""
        self.world.settle()
        return self.world.profiles.get(profile)

    async def switch(self, endpoint: Endpoint, *, enabled: bool, request_id: str) -> None:
        """Patch: the same twice is once."""

        def effect() -> None:
            self._put(replace(endpoint, enabled=enabled, monitor="CheckingEndpoint" if enabled else "Disabled"))
            if enabled:
                online = replace(endpoint, enabled=True, monitor="Online")
                self.world.begin("probe", str(endpoint.id), lambda: self._put(online), minutes=1)

        self.world.change(f"PATCH {endpoint.id}", effect)

    def _put(self, endpoint: Endpoint) -> None:
        for key, profile in self.world.profiles.items():
            changed = tuple(endpoint if one.id == endpoint.id else one for one in profile.endpoints)
            self.world.profiles[key] = replace(profile, endpoints=changed)


@dataclass
class WorldFences:
    """Answers `Fences`: a rule stands, or is gone, when its job has ended."""

    world: World

    async def barriers(self, group: ArmId) -> tuple[Barrier, ...]:
        """Read."""
        self.world.settle()
        return tuple(sorted(self.world.rules.get(group, {}).values(), key=lambda one: one.priority))

    async def put(self, wish: FenceWish) -> Operation | None:
        """Put: the same twice is once."""
        rule = Barrier(
            name=wish.name,
            direction=wish.direction,
            priority=wish.priority,
            denies=True,
            addresses=wish.addresses or ("*",),
            state="Succeeded",
        )
        rules = self.world.rules.setdefault(wish.group, {})

        def effect() -> Operation:
            rules[wish.name] = replace(rule, state="Updating")
            return self.world.operation(
                self.world.begin("fence", str(wish.group), lambda: rules.update({wish.name: rule}), minutes=1)
            )

        return self.world.change(f"PUT {wish.group}/{wish.name}", effect)

    async def remove(self, group: ArmId, name: str, *, request_id: str) -> Operation | None:
        """Delete."""
        rules = self.world.rules.setdefault(group, {})

        def effect() -> Operation:
            job = self.world.begin("unfence", str(group), lambda: _drop(rules, name), minutes=1)
            return self.world.operation(job)

        return self.world.change(f"DELETE {group}/{name}", effect)

    async def follow(self, operation: Operation) -> Status:
        """Follow."""
        return await self.world.follow(operation)


def _drop(rules: dict[str, Barrier], name: str) -> None:
    rules.pop(name, None)
