"""Equity in plain numbers: which areas a rule is about, and what is the best that they could have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from siting.network.attainable import best_uptake, treatable_patients
from siting.network.network import Equity, GroupRule

if TYPE_CHECKING:
    import pandas as pd

    from siting.network.network import Network
    from siting.study.config import EquitySection

_KINDS = {"groups": "group", "regions": "region"}
"""Settings and the column of areas that they name values of."""


def longest_way(profile: pd.DataFrame) -> float:
    """Return the longest days from vein to vein that the study knows."""
    return float(profile["vein_to_vein_d"].max()) if len(profile) else 0.0


def with_equity(network: Network, section: EquitySection) -> Network:
    """Return the network with the study's equity rules; its trips are all trips, so what is best is known here."""
    demands, treatable = network.demands, treatable_patients(network)
    lost = demands.loc[np.isnan(best_uptake(network)), ["area", "product"]]
    rules = []
    for setting, column in _KINDS.items():
        for name, rule in getattr(section, setting).items():
            areas = np.flatnonzero(network.areas[column] == name)
            inside = demands["area"].isin(areas).to_numpy()
            key_of_rule = f"limits.equity.{setting}.{name}"
            promised = (rule.min_treated_share, rule.max_mean_travel_min, rule.max_travel_ratio)
            rules.append(GroupRule(key_of_rule, tuple(areas.tolist()), float(treatable[inside].sum()), *promised))
    equity = Equity(
        within={name: (rule.minutes, rule.share) for name, rule in section.within.items()},
        stranded=frozenset(map(tuple, lost.drop_duplicates().to_numpy().tolist())),
        cvar_travel_min=section.cvar_travel_min,
        tail_share=section.tail_share,
        groups=tuple(rules),
    )
    return network.replace(limits=replace(network.limits, equity=equity))
