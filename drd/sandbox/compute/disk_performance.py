"""What a disk's kind and size give: its tier, and how much it reads and writes."""

from drd.sandbox.wire import JsonObject

_PREMIUM = (
    (4, "P1", 120, 25),
    (8, "P2", 120, 25),
    (16, "P3", 120, 25),
    (32, "P4", 120, 25),
    (64, "P6", 240, 50),
    (128, "P10", 500, 100),
    (256, "P15", 1100, 125),
    (512, "P20", 2300, 150),
    (1024, "P30", 5000, 200),
    (2048, "P40", 7500, 250),
    (4096, "P50", 7500, 250),
)
"""Largest size in GiB of a tier, its name, I/O operations a second, and MB a second, as documented."""
_STANDARD = (500, 60)


def sku_of(account: str) -> JsonObject:
    """Return a disk's `sku` for a kind of storage; Azure tells the tier, whatever was sent."""
    name = account or "StandardSSD_LRS"
    return {"name": name, "tier": "Premium" if name.startswith("Premium") else "Standard"}


def performance(size_gb: int, account: str) -> JsonObject:
    """Return the members that tell of a disk's performance."""
    if not account.startswith("Premium"):
        operations, megabytes = _STANDARD
        return {"diskIOPSReadWrite": operations, "diskMBpsReadWrite": megabytes}
    _, tier, operations, megabytes = next((one for one in _PREMIUM if size_gb <= one[0]), _PREMIUM[-1])
    return {"tier": tier, "diskIOPSReadWrite": operations, "diskMBpsReadWrite": megabytes}
