"""The views: one file a tab of a page, each shows one side of what its subject holds."""
