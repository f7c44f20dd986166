"""The Attribution tab's parts: what is explained, the maps, and whether they can be believed."""
