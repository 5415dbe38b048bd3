"""What a room asks of the others: Protocols and the plain frozen data they exchange.

May import: the standard library's pure modules and `drd.domain`.
"""
