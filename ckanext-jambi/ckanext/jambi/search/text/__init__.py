"""How a text becomes words: pure, the same for documents and queries."""
