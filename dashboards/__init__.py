"""Writes the dashboards of `deploy/grafana/` from code, and draws the pictures of them that the documentation shows.

No part of drd: it needs a library that only develops drd, and programs that drd does not run with.
"""
