"""Questions asked of many plans, or of one plan many times."""
