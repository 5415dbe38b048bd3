"""The one reader of the process's environment."""

import os
import re
from collections.abc import Mapping

PREFIX = "DRD_"
_INTEGER = re.compile(r"-?[0-9]{1,15}")


def process_environment() -> dict[str, str]:
    """Give a copy of the environment as it is now."""
    return dict(os.environ)


def variable_of(path: tuple[str | int, ...]) -> str:
    """Name the variable that overrides a setting: `azure`, `token-endpoint` becomes `DRD_AZURE_TOKEN_ENDPOINT`."""
    return PREFIX + "_".join(str(step).replace("-", "_").upper() for step in path)


def overrides(environment: Mapping[str, str], kinds: Mapping[tuple[str, ...], str]) -> dict[tuple[str, ...], object]:
    """Pick the settings that the environment overrides.

    Args:
        environment: variables by name.
        kinds: JSON Schema type of every setting that can be overridden, by its path.
    """
    named = {variable_of(path): path for path in kinds}
    return {named[name]: _typed(text, kinds[named[name]]) for name, text in environment.items() if name in named}


def _typed(text: str, kind: str) -> object:
    """Read a variable as the type that the setting has; what does not fit stays text and is refused by the model."""
    if kind == "integer" and _INTEGER.fullmatch(text.strip()):
        return int(text)
    if kind == "boolean" and text.strip().lower() in {"true", "false"}:
        return text.strip().lower() == "true"
    if kind == "array":
        return [part.strip() for part in text.split(",") if part.strip()]
    return text
