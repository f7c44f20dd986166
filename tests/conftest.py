"""What all tests share."""

from hypothesis import settings

# a busy machine is no fault of the code: examples have no time limit
settings.register_profile("explorer", deadline=None, max_examples=40, database=None)
settings.load_profile("explorer")
