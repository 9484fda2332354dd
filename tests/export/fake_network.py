"""Priced rows of the small plan, as far as the map reads them: who could go where today, and who makes the cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

KM_PER_MILE = 1.609344


def network_tables() -> dict[str, Any]:
    """Return trips, lanes, makings, options, hospitals, links and demands by position.

    Areas 1 to 4 are 40 miles from Alpha (which treats today) and 100 from Corvo (too); areas 5 to 8 only reach Corvo;
    area 9 only reaches Baytown, which does not treat. Alpha could make cells in 15 days, but has no unit today; the
    central plant takes 32.
    """
    trips = [(k, 0, 40.0, 40.0, 1.0) for k in range(4)] + [(k, 2, 100.0, 100.0, 0.9) for k in range(8)]
    trips += [(k, 1, 5.0, 5.0, 1.0) for k in range(9)]
    columns = ["area", "hospital", "miles", "minutes", "uptake"]
    return {
        "trips": pd.DataFrame(trips, columns=columns).assign(product=0, km=lambda rows: rows["miles"] * KM_PER_MILE),
        "lanes": pd.DataFrame(
            {"hospital": [0, 0, 2], "site": [0, 5, 5], "product": 0, "link": [0, 1, 1], "hours": [0.0, 48.0, 50.0],
             "km": [0.0, 1500 * KM_PER_MILE, 1600 * KM_PER_MILE]}
        ),
        "links": pd.DataFrame({"link_class": ["at", "central"]}),
        "makings": pd.DataFrame(
            {"site": [0, 5], "configuration": [0, 2], "link": [0, 1], "product": 0, "infused": [0.9, 0.8],
             "vein_to_vein_d": [15.0, 32.0]}
        ),
        "options": pd.DataFrame({"site": [0, 5], "configuration": [0, 2], "is_existing": [False, False]}),
        "hospitals": pd.DataFrame({"treats_today": [True, False, True, False, False]}),
        "demands": pd.DataFrame({"area": range(9), "product": 0, "slice": 0, "patients": np.arange(1, 10) * 2.2}),
    }  # fmt: skip
