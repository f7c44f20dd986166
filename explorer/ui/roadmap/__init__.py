"""The roadmaps: the map of topics, and the chosen topic beside it."""
