"""Facts and rules of recovery: standard library only, no input or output, no time of day.

May import: the standard library's pure modules. Everything else in drd may import this package.
"""
