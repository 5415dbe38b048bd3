"""Whether every figure that drd tells is what really happened (T30): losses, points and outages drawn and injected.

May import drd and proofs; nothing imports it but the table of proofs and its tests.
"""
