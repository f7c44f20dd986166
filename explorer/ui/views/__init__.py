"""One file a page: it reads a run, asks the inspection package, and hands the arrays to a figure."""
