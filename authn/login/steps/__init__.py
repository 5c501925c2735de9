"""One module per step. They never import one another."""
