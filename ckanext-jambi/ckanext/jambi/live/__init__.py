"""The live room: systems tell the portal of changes, and the portal tells everyone else (HV31-HV34)."""
