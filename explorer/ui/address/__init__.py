"""The address of a page: its settings, history and links, and what a browser remembers between visits."""
