"""The states of a daemon among those that share a database."""

from enum import StrEnum


class DaemonState(StrEnum):
    """Where a daemon stands.

    SERVING takes runs. DRAINING takes none and gives back what it has. SILENT was not heard of for longer than a lease
    lasts: its runs are the others'. GONE ended properly.
    """

    SERVING = "serving"
    DRAINING = "draining"
    SILENT = "silent"
    GONE = "gone"
