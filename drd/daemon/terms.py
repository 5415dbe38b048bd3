"""What daemon and reaper read alike from the settings: which time it is in the world, and how Azure is spoken to."""

from typing import Any

from drd.daemon.clock import HostClock, ScaledClock
from drd.ports.clock import Clock
from drd.settings.loading import Configuration
from drd.settings.settings import Settings


def clock_of(settings: Settings) -> Clock:
    """Give world time as the settings say: the host's, or a rehearsal's."""
    clock = settings.file.clock
    return ScaledClock(epoch=clock.epoch, speed=clock.speed) if clock.epoch and clock.speed != 1 else HostClock()


def azure_terms(configuration: Configuration, duty: str) -> dict[str, Any]:
    """Give the provider its piece of the settings, under the identity that the first tenant names for the duty."""
    azure = configuration.settings.file.azure
    tenant = configuration.services.tenants()[0]
    identity = azure.identities.get(tenant.identities.get(duty, ""))
    return {
        "endpoint": azure.endpoint,
        "token-endpoint": azure.token_endpoint,
        "identity": {"kind": "managed-identity", "client-id": identity.client_id if identity else None},
    }
