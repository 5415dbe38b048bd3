"""What drd may do in Azure: the roles that its identities need."""

import json
import sys
from pathlib import Path

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.domain.plan import Mode


def role(*mode: Mode, runbooks: Path = Path("runbooks"), common: Common = DEFAULT) -> int:
    """Print the least role that a folder of runbooks needs, as `az role definition create --role-definition` takes it.

    Args:
        mode: for runs of these modes; drill, failover and failback when none is named.
        runbooks: the folder.
    """
    from drd.daemon.rights import role_of

    found = role_of(runbooks, mode or tuple(Mode))
    if common.output == "yaml":
        from drd.cli.output import emit

        emit(common, found, lambda: ())
    else:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return Exit.OK


AZURE = command_group("azure", "What drd may do in Azure.", role)
