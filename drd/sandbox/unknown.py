"""The words in which Resource Manager refuses an address: its api-version, its namespace, its type, its method."""

from collections.abc import Collection, Iterable, Mapping

from drd.sandbox.api_versions import resource_type, versions_of
from drd.sandbox.errors import ArmError, bad_request

_OWN = "Microsoft.Resources"


def missing_version() -> ArmError:
    """Return the refusal of a request without an api-version."""
    return bad_request(
        "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests."
    )


def malformed_version(version: str) -> ArmError:
    """Return the refusal of an api-version that is no date."""
    return bad_request(
        "InvalidApiVersionParameter",
        f"The api-version '{version}' is invalid. The supported versions are '{_newest_first(versions_of(_OWN))}'.",
    )


def unknown_version(kind: str, version: str, supported: Iterable[str]) -> ArmError:
    """Return the refusal of an api-version that a type does not answer; Resource Manager's own types differ."""
    if kind == _OWN:
        message = f"The api-version '{version}' is invalid. The supported versions are '{_newest_first(supported)}'."
        return bad_request("InvalidApiVersionParameter", message)
    return bad_request(
        "NoRegisteredProviderFound",
        f"No registered resource provider found for API version '{version}' for type '{kind.partition('/')[2]}'. "
        f"The supported api-versions are '{_newest_first(supported)}'.",
    )


def unknown_address(path: str, version: str, types: Mapping[str, Collection[str]]) -> ArmError:
    """Return the refusal of a path that leads nowhere; `types` are the known first types by folded namespace."""
    parts = path.strip("/").split("/")
    folded = [part.casefold() for part in parts]
    if "providers" in folded[:-1]:
        begin = len(folded) - folded[::-1].index("providers")
        namespace = parts[begin] if begin < len(parts) else ""
        known = types.get(namespace.casefold())
        if namespace and known is None:
            return ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
        if known is not None and len(parts) > begin + 1 and folded[begin + 1] not in known:
            return _unknown_type(resource_type(path), namespace, version)
    elif folded[0] not in {"subscriptions", "tenants"}:
        message = "The request did not have a subscription or a valid tenant level resource provider."
        return ArmError(404, "MissingSubscription", message)
    return ArmError(404, "NotFound", f"No HTTP resource was found that matches the request URI '{path}'.")


def unknown_method(method: str, allowed: Iterable[str]) -> ArmError:
    """Return the refusal of a method that an address does not know."""
    message = f"The requested resource does not support http method '{method}'."
    return ArmError(405, "MethodNotAllowed", message, headers={"allow": ", ".join(sorted(allowed))})


def _unknown_type(kind: str, namespace: str, version: str) -> ArmError:
    name = kind.partition("/")[2]
    return ArmError(
        404,
        "InvalidResourceType",
        f"The resource type '{name}' could not be found in the namespace '{namespace}' for api version "
        f"'{version}'. The supported api-versions are '{_newest_first(versions_of(namespace))}'.",
    )


def _newest_first(versions: Iterable[str]) -> str:
    return ",".join(sorted(versions, reverse=True))
