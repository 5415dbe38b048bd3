"""The sample estate: the municipality `voorbeeld`. Its figures are data; this package may import every provider."""
