"""What would make a recovery fail, found beforehand and without touching anything: one concern a file.

Each file gives findings about a runbook, a service or a tenant, from what drd knows and from questions that are asked
once for all of them (`asking`). What cannot be told is a finding too, never silence. May import: `drd.domain` and
`drd.ports`.
"""
