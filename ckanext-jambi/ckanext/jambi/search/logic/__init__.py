"""Actions that the search room chains."""
