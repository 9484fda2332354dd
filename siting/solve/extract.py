"""Values of a solved model, laid back on the rows of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    import pyomo.environ as pyo
    from numpy.typing import NDArray

    from siting.solve.highs import Arrays

    Floats = NDArray[np.float64]


def load_values(arrays: Arrays, values: Floats) -> None:
    """Put the values of the columns into the Pyomo model they came from."""
    for column, value in zip(arrays.columns, values.tolist(), strict=True):
        column.set_value(value, skip_validation=True)


def _values(component: pyo.Var) -> Floats:
    return np.array([variable.value or 0.0 for variable in component.values()], dtype=float)


def flows(model: pyo.ConcreteModel) -> dict[str, Any]:
    """Return referred, shipped, made and unmet patients as matrices (row of the table, slice); tiny negatives are 0."""
    network, rows = model.network, model.rows
    slices = len(network.slices)
    found = {}
    for name, table, key, component, factor in (
        ("referred", network.trips, rows.assign["trip"], model.share, rows.assign["patients"]),
        ("shipped", network.lanes, rows.cells["lane"], model.cells, 1.0),
        ("made", network.makings, rows.made["making"], model.made, 1.0),
    ):
        slice_ = {"referred": rows.assign, "shipped": rows.cells, "made": rows.made}[name]["slice"]
        matrix = np.zeros((len(table), slices))
        matrix[key.to_numpy(), slice_.to_numpy()] = np.maximum(_values(component) * factor, 0.0)
        found[name] = matrix
    demands = network.demands.merge(network.unmet.reset_index(names="row"), on=["area", "product"], how="left")
    found["unmet"] = np.zeros((len(network.unmet), slices))
    found["unmet"][demands["row"], demands["slice"]] = np.maximum(_values(model.unserved) * demands["patients"], 0.0)
    return found


def open_options(model: pyo.ConcreteModel) -> NDArray[np.int64]:
    """Return the option that each site runs in each period, shape (periods, sites); -1 for none."""
    network = model.network
    chosen = np.full((len(network.periods), len(network.sites)), -1, dtype=np.int64)
    site = network.options["site"].to_numpy()
    for (option, period), variable in model.option.items():
        if (variable.value or 0.0) > 0.5:
            chosen[period, site[option]] = option
    return chosen


def treating(model: pyo.ConcreteModel) -> NDArray[np.bool_]:
    """Return which hospitals treat in each period, shape (periods, hospitals)."""
    hospitals = model.network.hospitals
    treats = np.tile(hospitals["treats_today"].to_numpy(bool), (len(model.network.periods), 1))
    hosting = model.network.sites["hospital"].to_numpy()
    opened = open_options(model) >= 0
    for site in np.flatnonzero(hosting >= 0):
        treats[:, hosting[site]] |= opened[:, site] & hospitals["becomes_centre"].to_numpy()[hosting[site]]
    for (hospital, period), variable in model.treats.items():
        treats[period, hospital] |= (variable.value or 0.0) > 0.5
    return treats
