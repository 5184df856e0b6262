"""Pages of the sources: board, one source, one run, one decision, and the form that makes a source."""
