"""What a cloud tells of itself before anybody signs in: clients with a custom cloud ask it. Documented, not run."""

from drd.sandbox.wire import JsonObject, Request, Response, answer

METADATA_ENDPOINTS = "/metadata/endpoints"
_LISTED_SINCE = "2018"
_AUDIENCES = ["https://management.core.windows.net/", "https://management.azure.com/"]


def cloud_metadata(request: Request) -> Response:
    """Answer the cloud's endpoints, which are all the sandbox's own; newer api-versions answer a list of clouds."""
    base = request.base
    authentication = {"loginEndpoint": base, "audiences": _AUDIENCES}
    if request.query.get("api-version", "") < _LISTED_SINCE:
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
    return answer(200, [cloud])
