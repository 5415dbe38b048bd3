"""Writes plain data as YAML, for people who asked a command for it. What it writes, the reader reads back."""

import io
from typing import Any

from ruamel.yaml import YAML

_WIDTH = 4096
"""Lines are not folded: a value stays on the line of its key, so that `grep` finds it."""


def dump(value: Any) -> str:  # noqa: ANN401 - JSON of any shape
    """Give JSON data as YAML: block style, in the order given, without anchors or tags."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.width = _WIDTH
    # Its annotation knows only None, which means the same to it.
    writer.sort_base_mapping_type_on_output = None
    writer.representer.ignore_aliases = _never
    stream = io.StringIO()
    writer.dump(value, stream)
    return stream.getvalue()


def _never(_data: object) -> bool:
    return True
