"""A model of everything around the engine: cloud, database, daemons, people and their misfortunes, from one seed.

May import: `drd.engine`, `drd.ports`, `drd.domain`. Nothing here sleeps, opens a file or asks the host for the time.
"""
