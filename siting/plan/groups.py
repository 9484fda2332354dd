"""Who is served how: patients, treatment and travel by group and by region of areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.attainable import treatable_patients
from siting.plan.outcomes import frame_mean, quantile
from siting.plan.tables import LEAST_FLOW

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from siting.plan.outcomes import Outcomes

    Mask = NDArray[np.bool_]


def group_table(outcomes: Outcomes) -> pd.DataFrame:
    """Return one row for all patients, then one for each named group and each named region of areas.

    Returns
    -------
    DataFrame
        ``by`` (all, group, region), ``name``, ``demand`` (patients of a mean year), ``treatable`` (those of them who
        could be collected at best, see `siting.network.attainable.treatable_patients`), ``treated_share`` (collected,
        of the treatable: what ``limits.equity.*.min_treated_share`` asks for), ``infused_share, unserved_share`` (of
        the demand), ``minutes_mean, minutes_p90, minutes_worst`` (one-way, of referred patients). NaN where nobody
        lives or travels.
    """
    network, weight = outcomes.network, outcomes.mean_year
    home = network.demands["area"].to_numpy()
    demand = network.demands["patients"].to_numpy(float) * weight[network.demands["slice"]]
    treatable = treatable_patients(network) / network.slices["weight"].sum()
    trips, unmet = network.trips["area"].to_numpy(), network.unmet["area"].to_numpy()
    referred, left = outcomes.solution.referred @ weight, outcomes.solution.unmet @ weight
    collected = outcomes.collected @ weight
    infused = (outcomes.collected * outcomes.by_trip("infused")) @ weight
    minutes = network.trips["minutes"].to_numpy(float)
    rows = []
    for by, name, inside in _parts(network.areas):
        patients, reachable, going = demand[inside[home]].sum(), treatable[inside[home]].sum(), inside[trips]
        travels = np.where(going & (referred > LEAST_FLOW), referred, 0.0)
        rows.append(
            {"by": by, "name": name, "demand": patients, "treatable": reachable}
            | {"treated_share": _share(collected[going].sum(), reachable),
               "infused_share": _share(infused[going].sum(), patients),
               "unserved_share": _share(left[inside[unmet]].sum(), patients)}
            | {"minutes_mean": frame_mean(minutes, travels), "minutes_p90": quantile(minutes, travels, 0.9),
               "minutes_worst": quantile(minutes, travels, 1.0)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _parts(areas: pd.DataFrame) -> Iterator[tuple[str, str, Mask]]:
    """Yield all areas, then those of each group and region."""
    yield "all", "", np.ones(len(areas), dtype=bool)
    for column in ("group", "region"):
        for name in sorted(name for name in areas[column].unique() if name):
            yield column, str(name), (areas[column] == name).to_numpy()


def group_lines(rows: pd.DataFrame) -> Iterator[str]:
    """Yield the groups in words, one line each; nothing where the study has fewer than two groups."""
    named = rows[rows["by"] == "group"]
    if len(named) < 2:
        return
    yield "Groups (mean / p90 trip in minutes; share of the demand infused)"
    for row in named.itertuples():
        travel = "-" if np.isnan(row.minutes_mean) else f"{row.minutes_mean:,.0f} / {row.minutes_p90:,.0f}"
        share = "-" if np.isnan(row.infused_share) else f"{row.infused_share:.1%}"
        yield f"  {row.name:<26} {travel}; {share} of {row.demand:,.1f} patients a year"
