"""Drafts of settings and of a catalogue, as the files that people edit."""

from drd.document.writer import dump
from drd.domain.drafting import SERVICE_TAGS, TIER, Draft

DRAFTED_SETTINGS = """# The settings of this installation, drafted by `drd init`. `drd config show` prints them all.
drd: settings/v1

# Write here who drd is: the client ids of three user-assigned managed identities, in the recovery region.
azure:
  identities:
    drd-standing: {client-id: 00000000-0000-0000-0000-000000000001}   # observes and drills
    drd-failover: {client-id: 00000000-0000-0000-0000-000000000002}   # fails over, only inside an approved run
    drd-reaper: {client-id: 00000000-0000-0000-0000-000000000003}     # removes what drills left behind

# One municipality a file, and one runbook a file.
catalogue: catalogue
runbooks: runbooks
"""
"""Settings that can be used as they are, but for the identities."""

_HEAD = """# Drafted by `drd init --from-azure` from what it could see. Decide every line of it:
# - a service for each tag {tags}, or else for each resource group;
# - tiers are those of a tag, or else {tier}; objectives are guesses: 1h, 4h where all is replicated, else 48h, 24h;
# - nothing says what depends on what, who answers for it, how one sees that it works, or which runbook brings it back.
# `drd config check` says whether it can be used, `drd readiness check` what is still missing.
"""


def catalogue_text(found: Draft) -> str:
    """Write a draft as a file, with what is to be decided and what was not seen above it."""
    head = _HEAD.format(tags=", ".join(SERVICE_TAGS), tier=TIER)
    notes = "".join(f"# - {' '.join(each.split())}\n" for each in found.notes)
    told = f"#\n# What it could not see, left out or guessed:\n{notes}" if notes else ""
    return f"{head}{told}{dump(found.catalogue)}"
