"""The recount: every rule and every dollar of a plan, from the tables, without Pyomo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.model.features import FEATURES
from siting.model.goals import GOALS
from siting.model.tolerance import RELATIVE, differs, exceeds
from siting.network.attainable import weighted_patients
from siting.solve.options import relative_gap

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network


def recount(network: Network, solution: Solution) -> list[Problem]:
    """Return every rule that the plan breaks and every figure that does not add up.

    Parameters
    ----------
    network : Network
        The rows and their prices.
    solution : Solution
        Values by row.

    Returns
    -------
    list of Problem
        Empty for a plan that keeps all rules; rows carry the analyst's ids.
    """
    problems = _numbers(solution)
    if problems:
        return problems
    for rule in (_demand, _unserved, _treating, _flow, _open_sites, _making, _volumes, _treatment, _units, _goal):
        problems += rule(network, solution)
    for feature in FEATURES:
        if feature.supports(network):
            problems += feature.check(network, solution)
    return problems


def _numbers(solution: Solution) -> list[Problem]:
    flows = {name: getattr(solution, name) for name in ("referred", "shipped", "made", "unmet")}
    wrong = [name for name, flow in flows.items() if not np.isfinite(flow).all() or (flow < 0).any()]
    return [Problem("plan", f"{name} holds negative or missing patients") for name in wrong]


def _sums(rows: pd.DataFrame, key: list[str], values: NDArray[np.float64]) -> pd.DataFrame:
    """Return sums by key, one column a slice."""
    frame = rows[key].reset_index(drop=True)
    return frame.assign(**{str(s): column for s, column in enumerate(values.T)}).groupby(key).sum()


def _apart(left: pd.DataFrame, right: pd.DataFrame) -> list[Any]:
    """Return the keys at which two tables of sums differ by more than rounding; a missing key is zero."""
    both, other = left.align(right, fill_value=0.0)
    scale = np.maximum(1.0, np.maximum(both.abs(), other.abs()))
    return list(both.index[((both - other).abs() > RELATIVE * scale).any(axis=1)])


def _demand(network: Network, solution: Solution) -> list[Problem]:
    key = ["area", "product"]
    patients = np.zeros((len(network.demands), len(network.slices)))
    patients[np.arange(len(network.demands)), network.demands["slice"]] = network.demands["patients"]
    asked = _sums(network.demands, key, patients)
    served = _sums(network.trips, key, solution.referred).add(_sums(network.unmet, key, solution.unmet), fill_value=0.0)
    rows = tuple(network.ids.areas[area] for area, _ in _apart(asked, served))
    return [Problem("areas", "patients referred and unserved do not add up to the demand", rows=rows)] if rows else []


def _unserved(network: Network, solution: Solution) -> list[Problem]:
    must = ~network.unmet["can_stay"].to_numpy(bool)
    left = must & (solution.unmet > RELATIVE).any(axis=1)
    rows = tuple(network.ids.areas[area] for area in network.unmet["area"][left])
    return [Problem("areas", "patients stay unserved where the study forbids it", rows=rows)] if rows else []


def _treating(network: Network, solution: Solution) -> list[Problem]:
    hospitals, hosting = network.hospitals, network.sites["hospital"].to_numpy()
    may = np.tile((hospitals["treats_today"] | hospitals["is_openable"]).to_numpy(bool), (len(network.periods), 1))
    units = np.flatnonzero(hosting >= 0)
    may[:, hosting[units]] |= (solution.open_options[:, units] >= 0) & hospitals["becomes_centre"].to_numpy(bool)[
        hosting[units]
    ]
    problems = []
    if (solution.treating & ~may).any():
        rows = tuple(network.ids.hospitals[h] for h in np.flatnonzero((solution.treating & ~may).any(axis=0)))
        problems.append(Problem("hospitals", "treat without being a centre or hosting a unit", rows=rows))
    going = solution.referred > RELATIVE * max(1.0, solution.referred.max(initial=0.0))
    period = network.slices["period"].to_numpy()
    hospital = network.trips["hospital"].to_numpy()
    wrong = (going & ~solution.treating[period][:, hospital].T).any(axis=1)
    if wrong.any():
        rows = tuple(sorted({network.ids.hospitals[h] for h in hospital[wrong]}))
        problems.append(Problem("trips", "patients go to hospitals that do not treat", rows=rows))
    return problems


def _flow(network: Network, solution: Solution) -> list[Problem]:
    key = ["hospital", "product"]
    arriving = solution.referred * network.trips["uptake"].to_numpy()[:, None]
    keys = _apart(_sums(network.trips, key, arriving), _sums(network.lanes, key, solution.shipped))
    rows = tuple(network.ids.hospitals[h] for h, _ in keys)
    return [Problem("hospitals", "patients collected and cells sent differ", rows=rows)] if rows else []


def _open_sites(network: Network, solution: Solution) -> list[Problem]:
    sent = solution.shipped > RELATIVE * max(1.0, solution.shipped.max(initial=0.0))
    period, site = network.slices["period"].to_numpy(), network.lanes["site"].to_numpy()
    wrong = (sent & ~(solution.open_options >= 0)[period][:, site].T).any(axis=1)
    rows = tuple(sorted({network.ids.sites[j] for j in site[wrong]}))
    return [Problem("lanes", "cells go to sites without a unit", rows=rows)] if rows else []


def _making(network: Network, solution: Solution) -> list[Problem]:
    key = ["site", "link", "product"]
    keys = _apart(_sums(network.lanes, key, solution.shipped), _sums(network.makings, key, solution.made))
    rows = tuple(network.ids.sites[j] for j, *_ in keys)
    problems = [Problem("sites", "cells received and batches made differ", rows=rows)] if rows else []
    period, site = network.slices["period"].to_numpy(), network.makings["site"].to_numpy()
    configuration = np.append(network.options["configuration"].to_numpy(), -1)
    runs = configuration[solution.open_options[period][:, site]].T
    wrong = (solution.made > RELATIVE * max(1.0, solution.made.max(initial=0.0))) & (
        runs != network.makings["configuration"].to_numpy()[:, None]
    )
    rows = tuple(sorted({network.ids.sites[j] for j in site[wrong.any(axis=1)]}))
    if rows:
        problems.append(Problem("makings", "batches are made in a configuration that the site does not run", rows=rows))
    return problems


def starts(network: Network, solution: Solution) -> NDArray[np.float64]:
    """Return starts a year of capacity used, shape (sites, slices)."""
    used = np.zeros((len(network.sites), len(network.slices)))
    np.add.at(used, network.makings["site"].to_numpy(), solution.made * network.makings["slots"].to_numpy()[:, None])
    return used


def _volumes(network: Network, solution: Solution) -> list[Problem]:
    used, period = starts(network, solution), network.slices["period"].to_numpy()
    capacity = np.append(network.options["capacity"].to_numpy(float), 0.0)[solution.open_options][period].T
    least = np.append(network.options["min_starts"].to_numpy(float), 0.0)[solution.open_options][period].T
    slack = RELATIVE * np.maximum(1.0, np.where(np.isfinite(capacity), capacity, 1.0))
    problems = []
    for wrong, words in ((used > capacity + slack, "make more starts than their capacity"),
                         (used < least - slack, "make fewer starts than keep a unit alive")):  # fmt: skip
        rows = tuple(network.ids.sites[j] for j in np.flatnonzero(wrong.any(axis=1)))
        if rows:
            problems.append(Problem("sites", words, rows=rows))
    return problems


def collected(network: Network, solution: Solution) -> NDArray[np.float64]:
    """Return patients collected a year, shape (hospitals, slices)."""
    patients = np.zeros((len(network.hospitals), len(network.slices)))
    arriving = solution.referred * network.trips["uptake"].to_numpy()[:, None]
    np.add.at(patients, network.trips["hospital"].to_numpy(), arriving)
    return patients


def _treatment(network: Network, solution: Solution) -> list[Problem]:
    hospitals, period = network.hospitals, network.slices["period"].to_numpy()
    patients = collected(network, solution)
    treats, problems = solution.treating[period].T, []
    capacity = hospitals["treatment_capacity"].fillna(np.inf).to_numpy(float)[:, None]
    new = treats & ~hospitals["treats_today"].to_numpy(bool)[:, None]
    serves = np.isin(np.arange(len(hospitals)), network.trips["hospital"].unique())[:, None]
    least = hospitals["min_treated"].to_numpy(float)[:, None]
    slack = RELATIVE * np.maximum(1.0, patients.max(initial=0.0))
    few = new & serves & (patients < least - slack)
    for wrong, words in (
        (patients > capacity + slack, "treat more patients than they can"),
        (few, "start to treat fewer patients than a centre needs"),
    ):
        rows = tuple(network.ids.hospitals[h] for h in np.flatnonzero(wrong.any(axis=1)))
        if rows:
            problems.append(Problem("hospitals", words, rows=rows))
    return problems


def _units(network: Network, solution: Solution) -> list[Problem]:
    chosen, problems = solution.open_options, []
    site = np.append(network.options["site"].to_numpy(), -1)
    wrong = (chosen >= 0) & (site[chosen] != np.arange(len(network.sites))[None, :])
    closed = [j for j in network.must_open() if (chosen[:, j] < 0).any()]
    for places, words in ((np.flatnonzero(wrong.any(axis=0)), "run an option of another site"),
                          (closed, "are required or may not close, and are closed")):  # fmt: skip
        if len(places):
            problems.append(Problem("sites", words, rows=tuple(network.ids.sites[j] for j in places)))
    return problems


def _goal(network: Network, solution: Solution) -> list[Problem]:
    value, problems = GOALS[solution.objective_kind](network, solution), []
    scale = float(weighted_patients(network).sum())
    if differs(value, solution.objective, scale):
        problems.append(Problem("objective", f"the solver says {solution.objective:,.6g}, the tables {value:,.6g}"))
    better = -1.0 if solution.objective_kind == "patients_treated" else 1.0
    if solution.bound is not None and exceeds(better * solution.bound, better * solution.objective, scale):
        problems.append(
            Problem("bound", f"the bound {solution.bound:,.6g} contradicts the plan {solution.objective:,.6g}")
        )
    gap = relative_gap(solution.objective, solution.bound)
    if (gap is None) != (solution.gap is None) or (gap is not None and differs(gap, solution.gap or 0.0)):
        problems.append(Problem("gap", f"the solver says {solution.gap}, objective and bound say {gap}"))
    return problems
