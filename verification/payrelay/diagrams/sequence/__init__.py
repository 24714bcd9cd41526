"""Sequence pictures: `picture` says what there is to see, `reading` reads it from a trace, `folding` and `branching`
shorten it, `layout` gives it places, and each format has a writer of its own."""
