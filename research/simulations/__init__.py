"""Intervals and answers judged on simulated models with known truth: `python -m research.simulations -o FOLDER`."""
