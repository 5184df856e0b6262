"""Room `harvest`: how data comes from the systems of the city's agencies into the catalogue."""
