"""What each citizen page shows, one module a page: plain values for the templates."""
