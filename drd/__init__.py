"""Recovery of public services on Azure: proves every day that backups restore, rehearses recovery, and performs it.

The package holds no code of its own. Its rooms import downwards only; `docs/architecture.md` names them, and the
contracts in `pyproject.toml` keep the direction.
"""

__version__ = "0.1.0"
