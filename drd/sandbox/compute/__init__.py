"""Microsoft.Compute: machines, their extensions and commands, images, disks. It imports the kernel only.

`machine` and `disk` say what a machine and a disk are; the providers that make them (recovery) use those two.
"""

from drd.sandbox.compute import (
    boot_diagnostics,
    capacity_reservation,
    capacity_reservation_group,
    disk,
    disk_operations,
    extension,
    gallery,
    gallery_image_version,
    image,
    machine_operations,
    machine_power,
    managed_run_command,
    resource_sku,
    restore_point,
    restore_point_collection,
    run_command,
    snapshot,
    usage,
    virtual_machine,
)
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (
    *virtual_machine.ROUTES,
    *machine_power.ROUTES,
    *boot_diagnostics.ROUTES,
    *machine_operations.ROUTES,
    *extension.ROUTES,
    *run_command.ROUTES,
    *managed_run_command.ROUTES,
    *disk.ROUTES,
    *snapshot.ROUTES,
    *disk_operations.ROUTES,
    *restore_point_collection.ROUTES,
    *restore_point.ROUTES,
    *usage.ROUTES,
    *resource_sku.ROUTES,
    *capacity_reservation_group.ROUTES,
    *capacity_reservation.ROUTES,
    *image.ROUTES,
    *gallery.ROUTES,
    *gallery_image_version.ROUTES,
)
