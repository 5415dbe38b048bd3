"""What people configure: the daemon's settings and the service catalogue, typed, all errors at once with their place.

May import `domain`, `ports`, `document` and pydantic. The environment is read in `environment.py` and nowhere else in
drd. Nobody asks for "the settings": wiring takes them apart and hands each constructor its piece.
"""
