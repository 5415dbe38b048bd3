"""Draws every dashboard as it would look: from its committed JSON, and what a real Prometheus answers to its queries.

Not a Grafana, and no test: a program that `make pictures` starts where Debian's `prometheus`, `chromium` and `pngquant`
are.
"""
