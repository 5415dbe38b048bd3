"""Estates: what stands in the world before anybody asks, read from a file and planted.

May import: the standard library, pydantic, `drd.document`, the sandbox's kernel and its resource providers.
"""
