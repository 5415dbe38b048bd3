"""Plants an estate in an empty world, as it stands on an ordinary morning."""

from drd.sandbox.estate.file import Estate
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.sections import SECTIONS
from drd.sandbox.world import World

_GENERATED = "00000000-0000-0000-0001-{number:012d}"


def plant_estate(world: World, estate: Estate) -> None:
    """Plant an estate and its generated municipalities. Do it once, in an empty world."""
    count = estate.copies.subscriptions
    own = len(estate.sections["machines"])
    more = max(0, estate.copies.machines - own * count)
    for number in range(count):
        plot = Plot(
            world=world,
            subscription=_GENERATED.format(number=number) if number else estate.subscription.id,
            number=number,
            extra_machines=more // count + (number < more % count),
        )
        name = estate.subscription.name
        world.subscriptions[plot.subscription] = f"{name}-{number:03d}" if number else name
        for section in SECTIONS:
            if section.is_copied or not number:
                section.plant(plot, estate.sections[section.key])
