"""Microsoft.Compute: virtual machines, run commands and disks. It imports the kernel only.

`machine` and `disk` say what a machine and a disk are; the providers that make them (recovery) use those two.
"""

from drd.sandbox.compute import disk, managed_run_command, run_command, virtual_machine
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (
    *virtual_machine.ROUTES,
    *run_command.ROUTES,
    *managed_run_command.ROUTES,
    *disk.ROUTES,
)
