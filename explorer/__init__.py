"""Train a network on a small data set, and look inside it at any training step."""
