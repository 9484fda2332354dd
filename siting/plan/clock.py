"""The vein-to-vein clock: days from collection to infusion of the infused patients, by region and in parts.

The days of a batch are the mean of its lane and unit, second starts included; a unit's wait is the one it promises.
Cells of one hospital and product mix on their way, so an area's patients share the days of their hospital.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.configurations import CLOCK
from siting.network.courier import SHIPMENTS
from siting.network.making import HOURS_PER_DAY
from siting.plan.outcomes import frame_mean, quantile
from siting.plan.tables import LEAST_FLOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.plan.outcomes import Outcomes

WITHIN_D = (14, 21, 28)
"""Days within which the share of infused patients is told."""
PERCENTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
ALL_REGIONS = ""
"""Region of the row that holds all patients."""
_MAKING = ["site", "product", "link", "configuration", "infused", "vein_to_vein_d"]


def clock_table(outcomes: Outcomes) -> pd.DataFrame:
    """Return the clock of a mean year: the row of all patients first, then one row for each named region of areas.

    Returns
    -------
    DataFrame
        ``region`` (empty for all), ``patients_infused``, ``vein_to_vein_d_mean, _p10, _p50, _p90``, the shares of
        infused patients ``share_within_14_d, _21_d, _28_d``, and the mean days of the parts ``transit_d`` (both ways),
        ``wait_d, process_d, release_d, scheduling_d, restart_d``, which add up to the mean. NaN for regions without
        patients.
    """
    journeys = _journeys(outcomes)
    regions = [name for name in pd.unique(outcomes.network.areas["region"]) if name]
    named = [(name, journeys[journeys["region"] == name]) for name in sorted(regions)]
    return pd.DataFrame([_figures(name, rows) for name, rows in [(ALL_REGIONS, journeys), *named]])


def clock_figures(clock: pd.DataFrame) -> dict[str, float | None]:
    """Return the figures of all patients by name; None where nobody is infused."""
    whole = clock.drop(columns=["region", "patients_infused"]).iloc[0]
    return {str(name): float(value) if np.isfinite(value) else None for name, value in whole.items()}


def _figures(region: str, rows: pd.DataFrame) -> dict[str, str | float]:
    days, patients = rows["vein_to_vein_d"].to_numpy(float), rows["patients"].to_numpy(float)
    parts = ["transit_d", *CLOCK[:3], "scheduling_d", "restart_d"]
    return {
        "region": region,
        "patients_infused": float(patients.sum()),
        "vein_to_vein_d_mean": frame_mean(days, patients),
        **{f"vein_to_vein_d_{name}": quantile(days, patients, part) for name, part in PERCENTILES.items()},
        **{f"share_within_{most}_d": frame_mean((days <= most).astype(float), patients) for most in WITHIN_D},
        **{part: frame_mean(rows[part].to_numpy(float), patients) for part in parts},
    }


def _journeys(outcomes: Outcomes) -> pd.DataFrame:
    """Return ``region, patients`` (infused), ``vein_to_vein_d`` and its parts, by area region, hospital and making."""
    network = outcomes.network
    parts = [_slice_journeys(outcomes, s) for s in range(len(network.slices))]
    rows = pd.concat(parts, ignore_index=True)
    clock = network.configurations[CLOCK].iloc[rows["configuration"]].reset_index(drop=True)
    transit = SHIPMENTS * network.links["hours"].to_numpy(float)[rows["link"]] / HOURS_PER_DAY
    rows = rows.join(clock).assign(transit_d=transit)
    return rows.assign(restart_d=rows["vein_to_vein_d"] - rows[["transit_d", *CLOCK]].sum(axis=1))


def _slice_journeys(outcomes: Outcomes, s: int) -> pd.DataFrame:
    network, solution = outcomes.network, outcomes.solution
    place = ["site", "product", "link"]
    sent = _used(network.lanes[["hospital", *place]], solution.shipped[:, s])
    made = _used(network.makings[_MAKING], solution.made[:, s])
    made["flow"] /= made.groupby(place)["flow"].transform("sum")
    ways = sent.merge(made, on=place, suffixes=("", "_making"))
    ways["flow"] *= ways["flow_making"]
    ways["flow"] /= ways.groupby(["hospital", "product"])["flow"].transform("sum")
    collected = _used(_with_region(network), outcomes.collected[:, s])
    collected = collected.groupby(["region", "hospital", "product"], as_index=False)["flow"].sum()
    rows = collected.merge(ways, on=["hospital", "product"], suffixes=("_in", ""))
    rows["patients"] = rows["flow_in"] * rows["flow"] * rows["infused"] * outcomes.mean_year[s]
    return rows[["region", "configuration", "link", "vein_to_vein_d", "patients"]]


def _with_region(network: Network) -> pd.DataFrame:
    region = network.areas["region"].to_numpy(object)[network.trips["area"]]
    return network.trips[["hospital", "product"]].assign(region=region)


def _used(rows: pd.DataFrame, flow: NDArray[np.float64]) -> pd.DataFrame:
    """Return the rows that patients take, with their number in ``flow``."""
    taken = flow > LEAST_FLOW
    return rows[taken].assign(flow=flow[taken])
