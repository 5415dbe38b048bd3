"""Leaves traces of runs: a log line at each end of a step or a run, and spans for whoever collects them.

May import: `drd.domain`, `drd.ports`, structlog; OpenTelemetry in the files that wiring loads where the settings name a
collector. Decides nothing, and never lets a run wait.
"""
