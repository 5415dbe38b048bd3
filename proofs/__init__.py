"""The long proofs: what they do, tests/scenario does in small. May import all of drd and nothing of the tests."""
