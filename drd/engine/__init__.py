"""The executor: moves runs through their plans by the step protocol, and takes people's orders.

May import: `drd.domain`, `drd.ports`, structlog. Knows no Azure, no SQL, no YAML.
"""
