"""The run that a page shows: choosing, steering and watching it."""
