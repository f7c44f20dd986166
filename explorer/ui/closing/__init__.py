"""The closing thoughts: every kind of network on the same digits, from the visitor's own runs and those that ship."""
