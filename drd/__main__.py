"""`python -m drd`, the same as the command `drd`. May import the command line, and nothing else."""

from drd.cli.app import main

if __name__ == "__main__":
    main()
