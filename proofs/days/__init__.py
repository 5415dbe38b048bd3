"""Weeks of a whole estate under the virtual clock, with a fault each day: no slot is lost, and nothing grows.

May import drd and proofs; nothing imports it but the table of proofs and its tests.
"""
