"""What several actions share and is too much for their own floor: driving a recovery plan, and whose a found job is.

May import: `drd.domain` and `drd.ports`. Known to actions only.
"""
