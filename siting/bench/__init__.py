"""Published location instances, read from their own formats and solved with the same engine as a study."""
