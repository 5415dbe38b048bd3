"""The only reader of YAML: plain data with the place of every key and value, within hard limits.

This package is a leaf. It may import the standard library and ruamel.yaml, and nothing of drd. `runbook`, `settings`
and `sandbox` read their files through it.
"""

from drd.document.complaint import blanks_in, close_to, described, faults_of, incomplete_maps, suggestion
from drd.document.place import Fault, Path, Place, Refused
from drd.document.reader import Document, parse, read

__all__ = [
    "Document",
    "Fault",
    "Path",
    "Place",
    "Refused",
    "blanks_in",
    "close_to",
    "described",
    "faults_of",
    "incomplete_maps",
    "parse",
    "read",
    "suggestion",
]
