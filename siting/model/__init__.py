"""Hop 3: the mixed-integer model."""
