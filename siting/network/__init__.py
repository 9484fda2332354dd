"""Hop 2: what a study means in patients, hours and dollars."""
