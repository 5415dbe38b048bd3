"""Clouds, one folder each; only the one that the settings name is imported, and only when it is opened.

May import: `drd.domain`, `drd.ports` and the cloud's own libraries. One provider never imports another.
"""
