"""The Attribution view: the question, the maps, and checks on the maps."""
