"""One module per section of the file; each knows how its items are created, changed and pruned."""
