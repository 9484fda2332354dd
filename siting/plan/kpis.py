"""The figures that people compare plans by, as one flat mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from siting.network.network import VALUES
from siting.plan.clock import clock_figures
from siting.plan.outcomes import frame_mean, quantile
from siting.plan.prices import price_figures
from siting.plan.tables import LEAST_FLOW, in_unit

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.outcomes import Outcomes


def key_figures(outcomes: Outcomes, openings: pd.DataFrame, costs: pd.DataFrame, clock: pd.DataFrame) -> dict[str, Any]:
    """Return the key figures of a plan: patients and money of a mean year, units of the last period.

    Travel is weighted by referred patients; vein-to-vein by infused ones; amounts carry the weights of the
    perspective. ``cost_per_year`` is what the objective counts: lost patients at their price and avoided care
    included; ``cost_without_lost_patients_per_year`` and ``cost_per_infused`` are what is paid.
    """
    figures: dict[str, Any] = {f"patients_{name}": value for name, value in outcomes.patients.items()}
    total = float(costs["weighted"].sum())
    infused = outcomes.patients["infused"]
    lost = float(costs.loc[costs["payer"].isin(VALUES), "weighted"].sum())
    figures |= {
        "cost_per_year": total,
        "cost_without_lost_patients_per_year": total - lost,
        "cost_per_infused": (total - lost) / infused if infused > LEAST_FLOW else None,
        "share_infused": infused / outcomes.patients["demand"] if outcomes.patients["demand"] else None,
    }
    figures |= price_figures(outcomes, costs) | _units(outcomes, openings)
    return figures | _travel(outcomes) | clock_figures(clock)


def _units(outcomes: Outcomes, openings: pd.DataFrame) -> dict[str, Any]:
    network = outcomes.network
    last = openings[openings["period"] == network.ids.periods[-1]]
    units, central = last[~last["is_central"]], last[last["is_central"]]
    chosen = outcomes.solution.open_options[-1]
    rows = network.options.iloc[chosen[chosen >= 0]]
    made = last["patients_made"].sum()
    capacity = units["capacity_starts_per_year"].sum()
    return {
        "units": len(units),
        "units_by_mode": {str(mode): int(n) for mode, n in units.groupby("mode").size().items()},
        "platforms": int(units["platforms"].sum()),
        "platforms_by_platform": {
            str(name): int(n) for name, n in units.groupby("platform")["platforms"].sum().items()
        },
        "new_centres": int(units["is_new_centre"].sum()),
        "capex": float(rows["capex"].sum()),
        "capex_manufacturer": float(rows["capex_manufacturer"].sum()),
        "utilization": float(units["starts_per_year"].sum() / capacity) if capacity > 0 else None,
        "share_central": float(central["patients_made"].sum() / made) if made > LEAST_FLOW else None,
    }


def _travel(outcomes: Outcomes) -> dict[str, Any]:
    network = outcomes.network
    patients = outcomes.solution.referred @ outcomes.mean_year
    figures: dict[str, Any] = {}
    unit = f"distance_{network.distance_unit}"
    for name, values in (
        ("minutes", network.trips["minutes"].to_numpy(float)),
        (unit, in_unit(network.trips["km"], network)),
    ):
        going = np.where(patients > LEAST_FLOW, patients, 0.0)
        figures |= {
            f"{name}_mean": _or_none(frame_mean(values, going)),
            f"{name}_p90": _or_none(quantile(values, going, 0.9)),
            f"{name}_worst": _or_none(quantile(values, going, 1.0)),
        }
    return figures


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
