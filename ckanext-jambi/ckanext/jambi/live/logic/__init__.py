"""Actions of the live room, who may call them, and what they take."""
