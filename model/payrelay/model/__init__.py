"""The relay-mediated payment protocol of the sixteen claims, as machines: pure, without IO, clock or randomness."""
