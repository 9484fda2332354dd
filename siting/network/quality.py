"""What becomes of a patient whose cells are collected: starts, doses and losses.

With first-start success p1, restart share rho, second-start success p2, out-of-specification infused share th, hazard h
and vein-to-vein time V:

    starts       E = 1 + (1 - p1) rho
    in spec      P = p1 + (1 - p1) rho p2
    out of spec  Q = th (1 - P)
    infused      (P + Q) exp(-h V),    lost to delay (P + Q)(1 - exp(-h V)),    lost to quality (1 - th)(1 - P)

Infused + lost to delay + lost to quality = 1, so patients balance to the last one. Default values: the UK panel of
2019-23 (Dulobdas et al., Blood Cancer J 2025) and the hazard derived from PMC8427697.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def outcomes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return starts, shares and vein-to-vein time for one patient collected, row by row.

    Parameters
    ----------
    rows : DataFrame
        ``success, restart_share, second_start_success, oos_infused_share`` (p1, rho, p2, th above, shares),
        ``attrition_per_day`` (h, 1/day), ``once_d`` (vein-to-vein days of a batch that succeeds at once) and
        ``restart_d`` (days that a second start adds).

    Returns
    -------
    DataFrame
        ``starts, released`` (in spec: P), ``infused, infused_oos, lost_quality, lost_delay, vein_to_vein_d``; same
        index.
    """
    restarted = (1.0 - rows["success"]) * rows["restart_share"]
    in_spec = rows["success"] + restarted * rows["second_start_success"]
    oos = rows["oos_infused_share"] * (1.0 - in_spec)
    days = rows["once_d"] + restarted * rows["restart_d"]
    stays = np.exp(-rows["attrition_per_day"] * days)
    return pd.DataFrame(
        {
            "starts": 1.0 + restarted,
            "released": in_spec,
            "infused": (in_spec + oos) * stays,
            "infused_oos": oos * stays,
            "lost_quality": 1.0 - in_spec - oos,
            "lost_delay": (in_spec + oos) * (1.0 - stays),
            "vein_to_vein_d": days,
        }
    )
