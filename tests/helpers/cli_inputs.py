"""The files that the tests of the command line start from."""

PROTOCOL = """
title: Toy protocol
data: {name: toy, matrix: demo, folds: 2}
models: {name: test_efficientnet, weights: none, size: 32}
losses: [ce, {form: log_harm, strength: 3}]
seeds: 1
train: {backbone: frozen, views: 2, epochs: 2, threads: 1, device: cpu}
baselines: [ce]
"""
TRAINING = """
data: toy
matrix: demo
model: {name: test_efficientnet, weights: none, size: 32}
loss: {form: log_harm, strength: 3}
train: {backbone: frozen, views: 2, epochs: 2, threads: 1, device: cpu}
"""
