"""Kept short: see the files."""

from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = ()
