"""Initial folder: what `payrelay conform init` writes for whoever has made one of the roles, or several."""
