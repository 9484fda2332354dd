"""Hop 5: what was decided, recounted."""
