"""What the schema holds of collections, and counts of what has left. The rules are those of `drd.store.tables`."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, PrimaryKeyConstraint, String, Table, Text

from drd.store.tables import METADATA

ITEMS = Table(
    "item_facts",
    METADATA,
    Column("tenant", String, nullable=False),
    Column("item", String, nullable=False),
    Column("mechanism", String, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "item", "mechanism"),
)

CHAINS_OF_POINTS = Table(
    "item_points",
    METADATA,
    Column("tenant", String, nullable=False),
    Column("item", String, nullable=False),
    Column("mechanism", String, nullable=False),
    Column("seen_at", String, nullable=False),
    Column("newest_at", String),
    Column("total", Integer, nullable=False),
    Column("policy", String, nullable=False),
    Column("since", String),
    Column("newest", Text, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "item", "mechanism"),
)
"""The points of items, apart from what changes at each collection: they are listed more seldom, and are much larger.

`newest` repeats the few that figures tell (`drd.store.facts.told_points`), so that a scrape need not read them all."""

VAULT_LISTS = Table(
    "vault_lists",
    METADATA,
    Column("tenant", String, nullable=False),
    Column("vault", String, nullable=False),
    Column("mechanism", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("asked_at", String, nullable=False),
    Column("seen_at", String),
    Column("trouble", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "vault", "mechanism", "kind"),
)
"""What vaults told by whole lists. `vault` is the id's key, as in `vault_facts`; the body holds the id as written."""

VAULTS = Table(
    "vault_facts",
    METADATA,
    Column("tenant", String, nullable=False),
    Column("vault", String, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "vault"),
)

COLLECTIONS = Table(
    "collections",
    METADATA,
    Column("collector", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("at", String, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Column("took_ms", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("last_success_at", String),
    PrimaryKeyConstraint("collector", "tenant"),
)

ROOMS = Table(
    "recovery_rooms",
    METADATA,
    Column("tenant", String, nullable=False),
    Column("region", String, nullable=False),
    Column("family", String, nullable=False),
    Column("most", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("needed", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "region", "family"),
)
"""vCPUs in recovery regions, as readiness saw them last."""

LEFT = Table(
    "spreads",
    METADATA,
    Column("kind", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("name", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("part", Integer, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("took_ms", BigInteger, nullable=False),
    Column("newest", String, nullable=False),
    PrimaryKeyConstraint("kind", "tenant", "name", "mode", "outcome", "verdict", "part"),
)
"""Counts by length (`drd.domain.spread`) of what is no longer here to be counted: runs and answers that left, and all
proofs. `newest` names one of them: its instant, its run, its milliseconds; empty where nobody knows."""

ALL_TABLES = METADATA
"""The whole schema: known in full once this module is loaded."""
