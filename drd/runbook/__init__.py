"""YAML to plans: the shape of runbooks, every fault with its place, references, resolution, and the editors' schema.

May import `domain`, `ports`, `document` and pydantic. Runs nothing: what it makes is a `RecoveryPlan`.
"""
