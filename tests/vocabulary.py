"""The real verbs and questions, for tests of files that ship."""

from drd.daemon import discovery
from drd.daemon.catalogue import Actions, Checks
from drd.runbook.vocabulary import Vocabulary


def real_checks() -> Checks:
    """Give every check there is."""
    return Checks(discovery.checks())


def real_vocabulary() -> Vocabulary:
    """Give every action and check there is."""
    return Vocabulary(Actions(discovery.actions()), real_checks())
