"""Views of networks that read pictures."""
