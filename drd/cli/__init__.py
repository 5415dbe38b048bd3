"""The command line: a client of the daemon's API over its socket, one file a command group.

May import: cyclopts, rich, httpx2, jmespath, `drd.api.wire`, `drd.domain`; the commands that work without a daemon may
call one function of `drd.daemon`. Imports stand where they are needed, because a command at night must start at once.
"""
