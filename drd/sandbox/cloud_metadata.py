"""What a cloud tells of itself before anybody signs in: clients with a custom cloud ask it."""

from drd.sandbox.wire import JsonObject, Request, Response, answer

METADATA_ENDPOINTS = "/metadata/endpoints"
_LISTED_SINCE, _ALONE_SINCE = "2018", "2020"
"""Since when a list of clouds is answered, and since when the one cloud that is asked."""

_AUDIENCES = ["https://management.core.windows.net/", "https://management.azure.com/"]


def cloud_metadata(request: Request) -> Response:
    """Answer the cloud's endpoints, which are all the sandbox's own; the api-version decides the form."""
    base = request.base
    authentication = {"loginEndpoint": base, "audiences": _AUDIENCES}
    version = request.query.get("api-version", "")
    if version < _LISTED_SINCE:
        old: JsonObject = {
            "galleryEndpoint": base,
            "graphEndpoint": base,
            "portalEndpoint": base,
            "graphAudience": _AUDIENCES[0],
            "authentication": authentication,
        }
        return answer(200, old)
    cloud: JsonObject = {
        "name": "Sandbox",
        "portal": base,
        "authentication": {**authentication, "tenant": "common", "identityProvider": "AAD"},
        "media": base,
        "graphAudience": _AUDIENCES[0],
        "graph": base,
        "suffixes": {},
        "batch": base,
        "resourceManager": base,
        "gallery": base,
    }
    return answer(200, cloud if version >= _ALONE_SINCE else [cloud])
