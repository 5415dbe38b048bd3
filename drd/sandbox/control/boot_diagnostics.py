"""The blobs of boot diagnostics, under the addresses that Compute gives out."""

from drd.sandbox.compute.boot_diagnostics import read_blob
from drd.sandbox.control.reading import Controls

CONTROLS: Controls = {("GET", "/boot-diagnostics"): read_blob}
