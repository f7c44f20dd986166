"""Subjects: the network and the input that all views of a page show."""
