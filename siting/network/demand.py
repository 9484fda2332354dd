"""Who needs the therapy: patients a year by area, product and slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.money import discount_weights
from siting.network.places import codes, ids_of

if TYPE_CHECKING:
    from siting.study.study import Study


def period_table(study: Study) -> pd.DataFrame:
    """Return ``weight, demand_factor`` by period; one period of one year where the study has none."""
    if "periods" not in study.tables:
        return pd.DataFrame({"weight": [1.0], "demand_factor": [1.0]})
    rows = study.tables["periods"]
    weights = discount_weights(rows["years"].astype(float).tolist(), study.config.costs.discount_rate)
    return pd.DataFrame({"weight": weights, "demand_factor": rows["demand_factor"].astype(float).to_numpy()})


def slice_table(study: Study, periods: pd.DataFrame) -> pd.DataFrame:
    """Return ``period, scenario, weight, demand_factor``: every scenario of every period, scenario fastest."""
    if "scenarios" in study.tables:
        scenarios = study.tables["scenarios"][["probability", "demand_factor"]].astype(float)
    else:
        scenarios = pd.DataFrame({"probability": [1.0], "demand_factor": [1.0]})
    period, scenario = (axis.ravel() for axis in np.indices((len(periods), len(scenarios))))
    return pd.DataFrame(
        {
            "period": period,
            "scenario": scenario,
            "weight": periods["weight"].to_numpy()[period] * scenarios["probability"].to_numpy()[scenario],
            "demand_factor": periods["demand_factor"].to_numpy()[period]
            * scenarios["demand_factor"].to_numpy()[scenario],
        }
    )


def base_demand(study: Study) -> np.ndarray:
    """Return patients a year, shape (areas, products): population x incidence x eligible share x area factor x scale.

    A product named in the study's demand table takes its rows instead (areas without a row: none); such a product needs
    no population.
    """
    areas, products = study.tables["areas"], study.tables["products"]
    rate = (
        products["incidence_per_100k"].astype(float) / 100_000 * products["eligible_share"].astype(float)
    ).to_numpy()
    people = (areas["population"].astype(float) * areas["demand_factor"].astype(float)).to_numpy()
    patients = np.outer(people, rate)
    if "demand" in study.tables:
        own = study.tables["demand"]
        area, product = codes(own["area"], ids_of(study, "areas")), codes(own["product"], ids_of(study, "products"))
        patients[:, np.unique(product)] = 0.0
        patients[area, product] = own["patients_per_year"].astype(float)
    return patients * study.config.demand.scale


def demand_table(study: Study, slices: pd.DataFrame) -> pd.DataFrame:
    """Return ``area, product, slice, patients``; rows with patients only."""
    patients = base_demand(study)[:, :, None] * slices["demand_factor"].to_numpy()[None, None, :]
    area, product, slice_ = np.nonzero(patients > 0)
    return pd.DataFrame(
        {
            "area": area.astype(np.int32),
            "product": product.astype(np.int32),
            "slice": slice_.astype(np.int32),
            "patients": patients[area, product, slice_],
        }
    )
