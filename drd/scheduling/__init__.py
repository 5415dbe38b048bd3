"""The calendar: which slots are due, claimed once, each ended as ran, ran late, failed or missed.

The only room that knows APScheduler, which only tells the time here. May import: `drd.operations`, `drd.ports`,
`drd.domain`, APScheduler, structlog.
"""
