"""Use cases, one verb a file, asked for by the API and the calendar.

May import: `drd.domain`, `drd.ports`, `drd.engine`.
"""
