"""Services: what citizens and staff use, what was promised for them, and what is known."""

from drd.cli.client import Daemon
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group


def list_(*, common: Common = DEFAULT) -> int:
    """List services: age of the newest recovery points against RPO, last achieved recovery time against RTO."""
    from drd.cli.estate_view import services_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        services, now = daemon.services(common.tenant), daemon.state().now
    emit(common, services, lambda: (services_sheet(words_of(common), services, now),))
    return Exit.OK


def show(service: str, *, common: Common = DEFAULT) -> int:
    """Show one service with its items and checks."""
    from drd.cli.estate_view import service_sheets
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        shape, now = daemon.service(service, common.tenant), daemon.state().now
    emit(common, shape, lambda: service_sheets(words_of(common), shape, now))
    return Exit.OK


SERVICE = command_group("service", "Services: what was promised for them against what is known.", list_, show)
