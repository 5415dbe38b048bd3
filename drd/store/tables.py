"""The schema. Texts, integers and booleans only: what is structured is JSON text, and nothing in it can be executed.

Instants are texts in UTC of one width, so that their order as text is their order in time. A change here needs a
migration; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

PLANS = Table(
    "plans",
    METADATA,
    Column("hash", String, primary_key=True),
    Column("body", Text, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("rto_seconds", BigInteger),
)
"""Each plan once. `steps` and `rto_seconds` repeat what the body says, so that figures need not parse it."""

RUNS = Table(
    "runs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("runbook", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("service", String),
    Column("mode", String, nullable=False),
    Column("state", String, nullable=False),
    Column("plan_hash", String, ForeignKey("plans.hash"), nullable=False),
    Column("lock", String, nullable=False),
    Column("accepted_at", String, nullable=False),
    Column("parent", String),
    Column("priority", Integer, nullable=False),
    Column("ended_at", String),
    Column("head", Integer, nullable=False),
    Column("head_hash", String, nullable=False),
    Column("token", Integer, nullable=False),
    Column("daemon", String),
    Column("incident_at", String),
    Column("recovery_time_ms", BigInteger),
    Column("recovery_point_ms", BigInteger),
    Column("holder", String),
    Column("until_seconds", Float),
    Column("strikes", Integer, nullable=False, server_default=text("0")),
    Column("claimed_head", Integer, nullable=False, server_default=text("0")),
    Column("abandoned", Text),
    Column("verdict", String),
    Column("verdict_because", Text),
    Index("ix_runs_accepted_at", "accepted_at"),
    Index("ix_runs_parent", "parent"),
    Index(
        "ix_runs_active",
        "priority",
        "accepted_at",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index(
        "ix_runs_unconfirmed",
        "ended_at",
        "id",
        sqlite_where=text("verdict = 'unconfirmed'"),
        postgresql_where=text("verdict = 'unconfirmed'"),
    ),
)
"""A projection of each journal, written with each append. `token` counts the claims, `head` the events.

The run's lease: `daemon` is who claimed it last, `holder` the boot that holds it (NULL: nobody), `until_seconds` its
end in the database's time. `strikes` counts claims in a row that came to nothing, the present one included until it has
proved itself; `claimed_head` is where the journal ended when it was claimed. None of them is in an index, so that a
heartbeat costs no page of one.

`abandoned`: of a run whose journal is damaged and that a person ended beside it: who, when, why, as JSON.

`verdict`: of a drill that is over: `unconfirmed` until its end was looked at twice.
"""

LOCKS = Table(
    "locks",
    METADATA,
    Column("lock", String, primary_key=True),
    Column("run", String, ForeignKey("runs.id"), nullable=False),
)
"""What only one active run may hold."""

TRIGGERS = Table(
    "triggers",
    METADATA,
    Column("key", String, primary_key=True),
    Column("run", String, nullable=False),
    Column("at", String, nullable=False),
    Column("digest", String, nullable=False),
)
"""What asked for runs, each key once. Bound to no run by a foreign key: it counts also when the run is gone."""

APPROVALS = text("kind IN ('approval.asked', 'approval.given', 'approval.denied')")
"""What an index holds apart: few among all events. Asked for in exactly these words, or it is not used."""

EVENTS = Table(
    "events",
    METADATA,
    Column("run", String, ForeignKey("runs.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", String, nullable=False),
    Column("step", String),
    Column("attempt", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("format", Integer, nullable=False, server_default=text("1")),
    PrimaryKeyConstraint("run", "sequence"),
    Index("ix_events_approvals", "run", "sequence", sqlite_where=APPROVALS, postgresql_where=APPROVALS),
    sqlite_with_rowid=False,
)
"""The journals. Rows are only ever added."""

PROVEN = Table(
    "proven",
    METADATA,
    Column("tenant", String, nullable=False),
    Column("item", String, nullable=False),
    Column("mechanism", String, nullable=False),
    Column("time", String, nullable=False),
    Column("run", String, nullable=False),
    PrimaryKeyConstraint("tenant", "item", "mechanism"),
)
"""The newest recovery point that a drill restored; a projection of the drills' journals."""

DRILL_LISTINGS = Table(
    "drill_listings",
    METADATA,
    Column("run", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", String, nullable=False),
    Column("found", Text, nullable=False),
    Column("impossible", Text, nullable=False),
    PrimaryKeyConstraint("run", "number"),
)
"""How the end of a drill was looked at: rows are only ever added, and go with their run."""

LEDGER = Table(
    "ledger",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("run", String, nullable=False),
    Column("step", String, nullable=False),
    Column("key", String, nullable=False),
    Column("resource", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("recorded_at", String, nullable=False),
    Column("keep", Boolean, nullable=False),
    Column("expires_at", String),
    Column("item", String),
    Column("details", Text, nullable=False),
    Column("removed_at", String),
    UniqueConstraint("run", "step", "key"),
)
"""Creations. Bound to no run by a foreign key: a run may be exported and go; what it left behind stays known."""

LEASES = Table(
    "leases",
    METADATA,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until_seconds", Float, nullable=False),
)

DAEMONS = Table(
    "daemons",
    METADATA,
    Column("id", String, primary_key=True),
    Column("boot", String, nullable=False),
    Column("host", String, nullable=False),
    Column("version", String, nullable=False),
    Column("started_seconds", Float, nullable=False),
    Column("seen_seconds", Float, nullable=False),
    Column("until_seconds", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("most_runs", Integer, nullable=False),
)
"""Who serves, or did. `boot` is drawn anew at each start; instants are in the database's time."""

ORDERS = Table(
    "orders",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("outcome", Text),
    Column("taken", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)
"""Orders of people, left for the daemon that moves their run. An id is never given twice: events name it.

One that is taken is about to be carried out, or was: nobody takes it back.
"""

SLOTS = Table(
    "slots",
    METADATA,
    Column("schedule", String, nullable=False),
    Column("wall", String, nullable=False),
    Column("due_at", String, nullable=False),
    Column("state", String, nullable=False),
    Column("ended_at", String),
    Column("because", Text, nullable=False),
    Column("boot", String),
    Column("actor", String, nullable=False, server_default=text("''")),
    PrimaryKeyConstraint("schedule", "wall"),
    Index("ix_slots_due", "schedule", "due_at"),
    Index(
        "ux_slots_at_work",
        "schedule",
        unique=True,
        sqlite_where=text("state = 'claimed'"),
        postgresql_where=text("state = 'claimed'"),
    ),
)
"""Turns of schedules. `boot` is the daemon's that claimed it, so that the others see when it died over its work; of one
schedule only one is at work. `actor` asked for it; empty where the calendar did."""

SCHEDULES = Table(
    "schedules",
    METADATA,
    Column("schedule", String, primary_key=True),
    Column("since", String, nullable=False),
    Column("ran", BigInteger, nullable=False, server_default=text("0")),
    Column("ran_late", BigInteger, nullable=False, server_default=text("0")),
    Column("failed", BigInteger, nullable=False, server_default=text("0")),
    Column("missed", BigInteger, nullable=False, server_default=text("0")),
    Column("last_success_at", String),
    Column("last_missed_at", String),
)
"""When each schedule was first known: from then on every turn of it leaves a row. The counts repeat what the rows say,
so that figures need not read them all."""

PAUSES = Table(
    "pauses",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("schedule", String, nullable=False),
    Column("since", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", String),
    Column("resumed_by", String),
    Column("resumed_because", Text),
    Index(
        "ux_pauses_held",
        "schedule",
        unique=True,
        sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    ),
)
"""Schedules that people stopped, with who and why; `until` is when somebody let it go on."""

FINDINGS = Table(
    "findings",
    METADATA,
    Column("scope", String, nullable=False),
    Column("code", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("since", String, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("scope", "code", "subject"),
)

STANDING = Table(
    "standing_plans",
    METADATA,
    Column("tenant", String, nullable=False),
    Column("runbook", String, nullable=False),
    Column("mode", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("since", String, nullable=False),
    PrimaryKeyConstraint("tenant", "runbook", "mode"),
)
"""Plans as they stand on the shelf, and since when exactly so; written whenever the shelf is looked at."""

SCOPES = Table(
    "finding_scopes",
    METADATA,
    Column("scope", String, primary_key=True),
    Column("at", String, nullable=False),
)
"""When each scope looked for findings last: one without findings was looked at too."""

EVIDENCE = Table(
    "evidence",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("installation", String, nullable=False),
    Column("id", String, nullable=False),
    Column("key", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("service", String),
    Column("about", String),
    Column("text", Text, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
    UniqueConstraint("key"),
    Index("ix_evidence_id", "id"),
    Index("ix_evidence_service", "tenant", "service"),
    Index(
        "ix_evidence_about",
        "about",
        sqlite_where=text("about IS NOT NULL"),
        postgresql_where=text("about IS NOT NULL"),
    ),
)
"""The records of evidence: `text` as it was hashed. Rows are only ever added. `id` to `about` repeat what the text
says, so that it can be found; they are bound to nothing, for a record stays when its run has left. `about`: of what
people added later, the id of the record that it adds to."""

CHAINS = Table(
    "chains",
    METADATA,
    Column("name", String, primary_key=True),
    Column("installation", String, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("hash", String, nullable=False),
)
"""Where a chain of records ends: whoever appends locks its row."""

VERIFICATIONS = Table(
    "verifications",
    METADATA,
    Column("id", String, primary_key=True),
    Column("tenant", String, nullable=False),
    Column("item", String, nullable=False),
    Column("rung", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("at", String, nullable=False),
    Column("run", String),
    Column("body", Text, nullable=False),
    Index("ix_verifications_item", "tenant", "item", "rung", "outcome", "at"),
    Index("ix_verifications_run", "run"),
    Index("ix_verifications_at", "at"),
)
"""What was proven, or was not. Rows are only ever added, and bound to no run: a run may go, its proof stays."""

VERIFIED = Table(
    "verification_figures",
    METADATA,
    Column("tenant", String, nullable=False),
    Column("item", String, nullable=False),
    Column("rung", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("last_at", String, nullable=False),
    PrimaryKeyConstraint("tenant", "item", "rung", "outcome"),
)
"""How many verifications there were, and when the last one was: also of those that have left."""

TOLD = Table(
    "told_runs",
    METADATA,
    Column("run", String, primary_key=True),
)
"""Drills that are over and were asked what they prove."""
