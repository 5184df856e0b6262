"""Plugin `jambi_theme`: layout, citizen pages and the Indonesian catalogue."""
