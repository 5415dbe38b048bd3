"""Asks guests over DNS, TCP and HTTP: the only room that opens connections to them. Keeps to the settings' allow-list.

May import: `drd.domain`, `drd.ports`, httpx2 and dnspython. `opening.open_reach` is the way in.
"""
