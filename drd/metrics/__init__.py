"""What Prometheus scrapes. The only room that knows prometheus_client; no business rules.

Timestamps, not ages; 0 for never; objectives are series too; labels from closed sets; a series ends with its object.
May import: `drd.ports`, `drd.domain`, prometheus_client.
"""
