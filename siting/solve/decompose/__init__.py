"""The decomposition: bounds and plans for networks that are too large for the whole model."""
