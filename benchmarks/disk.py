"""How fast the disk itself is: small writes, each brought to it before the next."""

import os
import tempfile
import time

_BLOCK = b"x" * 4096
_TIMES = 1000


def syncs_per_second(folder: str) -> float:
    """Append 4 KiB and fsync, a thousand times."""
    with tempfile.TemporaryFile(dir=folder) as file:
        began = time.perf_counter()
        for _ in range(_TIMES):
            os.write(file.fileno(), _BLOCK)
            os.fsync(file.fileno())
        return _TIMES / (time.perf_counter() - began)
