"""Where files are: the settings, as said, else beside the caller, else where the package puts them."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from drd.api.wire.problem import Problem
from drd.cli.exits import Exit
from drd.cli.faults import CommandError

PLACES = (Path("config/drd.yaml"), Path("/etc/drd/drd.yaml"))

Config = Annotated[
    Path | None,
    Parameter(
        help="The settings; ./config/drd.yaml by default, else /etc/drd/drd.yaml.",
        env_var="DRD_CONFIG",
        allow_leading_hyphen=False,
    ),
]


def found_config(config: Path | None) -> Path | None:
    """Give the settings file that counts, or None where nobody named one and there is none."""
    return config or next((path for path in PLACES if path.is_file()), None)


def config_path(config: Path | None) -> Path:
    """Give the settings file that counts. Raises CommandError where there is none."""
    found = found_config(config)
    if found is None or not found.is_file():
        looked = str(config) if config else " and ".join(str(path) for path in PLACES)
        hint = "name the settings with --config FILE, or try everything without any: `drd dev`"
        problem = Problem(title="no configuration found", status=422, code="no-config", target=looked, hint=hint)
        raise CommandError(problem, Exit.USAGE)
    return found
