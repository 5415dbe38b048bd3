"""The whole of drd in one process under one virtual clock, with everything that can go wrong drawn from a seed.

`python -m proofs.simulation SEED` plays one seed and shows what happened. See docs/resilience.md, "Simulation".
"""
