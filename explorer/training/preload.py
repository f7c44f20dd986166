"""The modules that the fork server imports once, so that a worker starts fast. Nothing is computed here.

A fork server passes over a preload that fails without a word: whoever is forked from it looks whether this module is
there.
"""

import gc

import sklearn.datasets
import sklearn.model_selection  # noqa: F401
import torch._dynamo  # noqa: F401, the first optimiser would import it: 1.5 s

import explorer.training.worker  # noqa: F401

gc.freeze()  # the children leave these objects alone, and so share their memory
