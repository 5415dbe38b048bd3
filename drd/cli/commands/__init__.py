"""One file a command group; each ends with its constant, the group's name in capitals. A command imports no other."""
