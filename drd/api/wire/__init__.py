"""The JSON shapes that API and command line share. May import: pydantic and `drd.domain`."""
