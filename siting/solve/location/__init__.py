"""Networks that are plain facility location: every hospital makes for itself, in one size."""
