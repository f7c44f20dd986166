"""What charts say of the numbers they draw: pure functions from these numbers to sentences.

A sentence on how to read a kind of chart stands in ``learn/about_charts``. A sentence that other data could contradict
is computed here; the figure carries it in ``layout.meta["reading"]``. An empty sentence means that nothing can be said
yet, and the kind's own line is shown.
"""
