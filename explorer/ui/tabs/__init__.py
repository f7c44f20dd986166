"""One file a view inside a page: ``draw(look)`` shows one side of a network at one step for one input."""
