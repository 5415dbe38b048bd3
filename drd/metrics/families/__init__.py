"""One file a group of families; each ends with its constant `FAMILY`. A family file imports no other."""
