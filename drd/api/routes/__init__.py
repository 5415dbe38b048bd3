"""One file a group of routes; each ends with its constant `ROUTES`. A route file imports no other."""
