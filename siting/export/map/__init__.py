"""The map of a plan: one page that needs no network."""
