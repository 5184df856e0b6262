"""Read every public door of the portal as a stranger would, and look for personal data (P9, RL12)."""
