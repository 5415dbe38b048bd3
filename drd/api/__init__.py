"""The daemon's API: JSON over HTTP, on a Unix socket in this release.

May import: `drd.operations`, `drd.ports`, `drd.domain`, FastAPI, pydantic. `wire` is light: it knows pydantic and the
domain only, because the command line imports it too.
"""
