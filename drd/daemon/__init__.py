"""Composition root and life cycle: the only place that knows everybody, and plugs them together.

May import: every room. Holds no rules of its own; `discovery` is the only place that imports by name.
"""
