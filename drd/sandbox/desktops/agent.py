"""How a machine becomes a session host: extensions join it to a domain and install the agent with a pool's token."""

from collections.abc import Mapping
from typing import Any

from drd.sandbox.desktops.health import Surroundings, front_of
from drd.sandbox.desktops.host_pool import HOST_POOL_TYPE
from drd.sandbox.desktops.registration import pool_of_token
from drd.sandbox.desktops.session_host import build_session_host
from drd.sandbox.errors import ArmError
from drd.sandbox.software import Installed
from drd.sandbox.world import World

DOMAIN_JOIN = "JsonADDomainExtension"
AGENT, AGENT_FUNCTION = "DSC", "AddSessionHost"
_FAILED = "VMExtensionProvisioningError"


def attend(world: World) -> None:
    """Listen to what is installed in machines: domain joins, and agents that bring a machine into a pool."""
    world.software.listen(lambda installed: _installed(world, installed))


def token_in(settings: Mapping[str, Any], protected: Mapping[str, Any]) -> str:
    """Return the registration token of an agent's settings: the protected ones count before those in the open."""
    places = (
        _at(protected, "Items", "RegistrationInfoToken"),
        _at(protected, "properties", "registrationInfoToken"),
        _at(settings, "properties", "registrationInfoToken"),
    )
    return next((str(found) for found in places if found), "")


def _installed(world: World, installed: Installed) -> None:
    if installed.type == DOMAIN_JOIN:
        _join(world, installed)
    elif installed.type == AGENT and AGENT_FUNCTION in str(installed.settings.get("configurationFunction", "")):
        _register(world, installed)


def _join(world: World, installed: Installed) -> None:
    machine = world.store.require(installed.machine)
    domain = str(installed.settings.get("Name", ""))
    if not domain or front_of(world, machine) not in Surroundings(world=world, now=installed.at).directories:
        raise ArmError(
            409,
            _FAILED,
            f"VM has reported a failure when processing extension '{installed.name}' (publisher '{installed.publisher}'"
            f" and type '{installed.type}'). Error message: \"Exception(s) occurred while joining Domain '{domain}'\".",
        )
    world.store.put(machine.with_hidden(domain=domain), at=installed.at, by=installed.by)


def _register(world: World, installed: Installed) -> None:
    machine = world.store.require(installed.machine)
    token = token_in(installed.settings, installed.protected)
    pool = pool_of_token(world, token, kind=HOST_POOL_TYPE, at=installed.at)
    if pool is None or world.regions.is_lost(pool.location, installed.at):
        why = "INVALID_REGISTRATION_TOKEN or EXPIRED_MACHINE_TOKEN" if pool is None else "the broker does not answer"
        raise ArmError(
            409,
            _FAILED,
            f"VM has reported a failure when processing extension '{installed.name}' (publisher '{installed.publisher}'"
            f" and type '{installed.type}'). Error message: \"DSC Configuration 'AddSessionHost' completed with error:"
            f' the agent could not register: {why}".',
        )
    domain = str(machine.hidden.get("domain", ""))
    host = build_session_host(
        pool=pool,
        name=f"{machine.name}.{domain}" if domain else machine.name,
        machine=machine,
        object_id=world.new_id(),
        domain=domain,
        registered_at=installed.at,
    )
    world.store.put(host, at=installed.at, by=installed.by)


def _at(settings: Mapping[str, Any], *path: str) -> object:
    found: object = settings
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
