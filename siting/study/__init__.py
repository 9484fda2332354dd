"""Hop 1: what the analyst wrote, read, checked and frozen."""
