"""Views of recurrent networks."""
