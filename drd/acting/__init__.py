"""What several actions share and is too much for their own floor: how a recovery plan of Site Recovery is driven.

May import: `drd.domain` and `drd.ports`. Known to actions only.
"""
