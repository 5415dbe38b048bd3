"""Microsoft.Compute: machines, their extensions and commands, images, disks. It imports the kernel only.

`machine` and `disk` say what a machine and a disk are; the providers that make them (recovery) use those two.
"""

from drd.sandbox.compute import (
    disk,
    disk_operations,
    extension,
    gallery,
    gallery_image_version,
    image,
    machine_operations,
    machine_power,
    managed_run_command,
    run_command,
    snapshot,
    virtual_machine,
)
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (
    *virtual_machine.ROUTES,
    *machine_power.ROUTES,
    *machine_operations.ROUTES,
    *extension.ROUTES,
    *run_command.ROUTES,
    *managed_run_command.ROUTES,
    *disk.ROUTES,
    *snapshot.ROUTES,
    *disk_operations.ROUTES,
    *image.ROUTES,
    *gallery.ROUTES,
    *gallery_image_version.ROUTES,
)
