"""The screens: one file a page of the navigation, and the patterns that they share."""
