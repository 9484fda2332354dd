"""Units that settings may be written in."""

KM_PER_MILE = 1.609344
"""International mile."""
KM_PER_UNIT = {"km": 1.0, "mi": KM_PER_MILE}
