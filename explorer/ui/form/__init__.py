"""The form that prepares the next run, made from the configuration classes."""
