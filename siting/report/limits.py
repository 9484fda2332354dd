"""Every limit of a study against its plan: what is allowed, what the plan has, and whether the two meet."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.model.features.counts import counted, numbers
from siting.model.features.group_ceilings import group_minutes
from siting.model.features.group_floors import treated
from siting.model.features.host_break_even import host_accounts
from siting.model.features.service_level import attainable
from siting.model.features.volume import unit_starts, volume_share
from siting.model.features.within import reachable_patients, within
from siting.model.goals import infused
from siting.plan.check import collected, starts
from siting.plan.tables import LEAST_FLOW, distance_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.plan.plan import Plan

AT_END = 1e-4
"""Share of a limit within which a figure counts as being at it."""
RATIO = "times the mean"


@dataclass(frozen=True)
class Held:
    """One limit and the plan's figure for it.

    Attributes
    ----------
    name : str
        The setting, with whom it is about where a rule holds for each of several.
    is_least : bool
        Whether the figure must be at least the limit and not at most.
    limit, value : float
        The value is NaN where the plan has nothing that the limit is about.
    unit : str
        "count", "money", "share", or what stands behind the number.
    """

    name: str
    is_least: bool
    limit: float
    value: float
    unit: str

    @property
    def binds(self) -> bool:
        """Whether the plan is at the limit's end."""
        within = 0.5 if self.unit == "count" else AT_END * max(1.0, abs(self.limit))
        return abs(self.value - self.limit) <= within


def limits_held(plan: Plan) -> list[Held]:
    """Return every limit that has a figure, network-wide ones first, then those of groups, units and ways."""
    return list(chain(_counts(plan), _sums(plan), _volumes(plan), _equity(plan), _units(plan), _centres(plan),
                      _ways(plan)))  # fmt: skip


def _counts(plan: Plan) -> Iterator[Held]:
    for group in counted(plan.network):
        units = numbers(plan.solution, group)
        if group.least is not None:
            yield Held(f"{group.name}.min", True, group.least, units[-1], "count")
        if group.most is not None:
            yield Held(f"{group.name}.max", False, group.most, max(units), "count")


def _sums(plan: Plan) -> Iterator[Held]:
    network, solution, limits = plan.network, plan.solution, plan.network.limits
    for name, is_least, limit, measure, unit in (
        ("budget", False, limits.budget, lambda: plan.kpis["capex_manufacturer"], "money"),
        ("cost_per_year", False, limits.cost_per_year, lambda: plan.criteria["total_cost"], "money"),
        ("mean_travel_min", False, limits.mean_travel_min, lambda: plan.criteria["mean_travel"], "min"),
        ("vein_to_vein_d", False, limits.vein_to_vein_d, lambda: plan.criteria["vein_to_vein"], "days"),
        ("min_starts", True, limits.min_starts, lambda: unit_starts(network, solution), "starts a year"),
        ("service_level", True, limits.service_level,
         lambda: infused(network, solution) / max(attainable(network), LEAST_FLOW), "share"),
    ):  # fmt: skip
        if limit is not None:
            yield Held(f"limits.{name}", is_least, limit, float(measure()), unit)


def _volumes(plan: Plan) -> Iterator[Held]:
    for mode, ends in plan.network.limits.volume_shares.items():
        for end, limit in zip(("min", "max"), ends, strict=True):
            if limit is not None:
                value = volume_share(plan.network, plan.solution, mode)
                yield Held(f"limits.modes.{mode}.{end}_volume_share", end == "min", limit, value, "share")


def _equity(plan: Plan) -> Iterator[Held]:
    network, solution, equity = plan.network, plan.solution, plan.network.limits.equity
    for name, (most, share) in equity.within.items():
        value = within(network, solution, most) / max(float(reachable_patients(network).sum()), LEAST_FLOW)
        yield Held(f"limits.equity.within.{name}: within {most:,.0f} min", True, share, value, "share")
    if equity.cvar_travel_min is not None:
        name = f"limits.equity.cvar_travel_min, worst-off {equity.tail_share:.0%}"
        yield Held(name, False, equity.cvar_travel_min, plan.criteria["cvar_travel"], "min")
    for rule in equity.groups:
        if rule.min_treated_share is not None:
            share = treated(network, solution, rule) / max(rule.best, LEAST_FLOW)
            yield Held(f"{rule.key}.min_treated_share", True, rule.min_treated_share, share, "share")
        minutes = group_minutes(network, solution, rule)
        if rule.max_mean_travel_min is not None:
            yield Held(f"{rule.key}.max_mean_travel_min", False, rule.max_mean_travel_min, minutes, "min")
        if rule.max_travel_ratio is not None:
            ratio = minutes / max(plan.criteria["mean_travel"], LEAST_FLOW)
            yield Held(f"{rule.key}.max_travel_ratio", False, rule.max_travel_ratio, ratio, RATIO)


def _units(plan: Plan) -> Iterator[Held]:
    """Yield what units must keep, with the one that is nearest to its limit."""
    units = _unit_rows(plan)
    full = units["most_made"] / units["capacity"]
    if (full > 0).any():
        yield Held("capacity, fullest unit", False, 1.0, float(full.max()), "share")
    bound = units[units["least"] > 0]
    for mode, rows in bound.groupby("mode", sort=False):
        row = rows.loc[(rows["least_made"] - rows["least"]).idxmin()]
        name = f"modes.min_starts_per_year, {mode} with the fewest"
        yield Held(name, True, row["least"], row["least_made"], "starts a year")
    for mode, margin in plan.network.limits.host_margins.items():
        value = units.loc[units["mode"] == mode, "margin"].min()
        yield Held(f"modes.host_must_break_even, {mode} with the least margin", True, margin, value, "share")


def _unit_rows(plan: Plan) -> pd.DataFrame:
    """Return one row for each unit and period: its mode, starts, capacity, least starts and its host's margin."""
    network, solution = plan.network, plan.solution
    mode = network.configurations["mode"].to_numpy(object)
    used, period = starts(network, solution), network.slices["period"].to_numpy()
    tables = []
    for t, chosen in enumerate(solution.open_options):
        sites = np.flatnonzero((chosen >= 0) & ~network.sites["is_central"].to_numpy(bool))
        options, made = network.options.iloc[chosen[sites]], used[sites][:, period == t]
        earned, paid = (amounts[sites] for amounts in host_accounts(network, solution, t))
        tables.append(
            pd.DataFrame(
                {
                    "mode": mode[options["configuration"]],
                    "capacity": options["capacity"].to_numpy(float),
                    "least": options["min_starts"].to_numpy(float),
                    "most_made": made.max(axis=1),
                    "least_made": made.min(axis=1),
                    "margin": np.divide(earned, paid, out=np.full(len(sites), np.nan), where=paid > 0) - 1.0,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _centres(plan: Plan) -> Iterator[Held]:
    """Yield what hospitals that treat must keep."""
    network, solution = plan.network, plan.solution
    patients, treats = collected(network, solution), solution.treating[network.slices["period"].to_numpy()].T
    new = treats & ~network.hospitals["treats_today"].to_numpy(bool)[:, None]
    least = network.hospitals["min_treated"].to_numpy(float).max(initial=0.0)
    if least > 0:
        value = patients[new].min() if new.any() else np.nan
        yield Held("limits.min_starts_at_new_centre, smallest centre", True, least, value, "patients a year")
    most = network.hospitals["treatment_capacity"].to_numpy(float)
    if (most > 0).any():
        value = float(np.nanmax(patients.max(axis=1) / np.where(most > 0, most, np.nan)))
        yield Held("hospitals.treatment_capacity_per_year, fullest", False, 1.0, value, "share")


def _ways(plan: Plan) -> Iterator[Held]:
    """Yield what every trip, lane and dose must keep, with the longest of the plan."""
    if plan.study is None:
        return
    travel, courier, unit = plan.study.config.travel, plan.study.config.courier, plan.network.distance_unit
    lanes, distance = plan.lanes[plan.lanes["link_class"] != "central"], distance_column(plan.network)
    for name, limit, values, of in (
        ("travel.max_min, longest trip", travel.max_min, plan.trips["minutes"], "min"),
        ("travel.max_distance, longest trip", travel.max_distance, plan.trips[distance], unit),
        ("courier.max_h, longest lane", courier.max_h, lanes["hours"], "h"),
        ("courier.max_distance, longest lane", courier.max_distance, lanes[distance], unit),
    ):
        if limit is not None:
            yield Held(name, False, limit, float(values.max()), of)
    rows = plan.network.makings
    is_made = (plan.solution.made > LEAST_FLOW).any(axis=1)
    for product, limit in enumerate(plan.study.tables["products"]["max_vein_to_vein_d"].astype(float)):
        if limit == limit:
            days = rows["vein_to_vein_d"].to_numpy(float)[is_made & (rows["product"] == product).to_numpy()]
            name = f"products.max_vein_to_vein_d, slowest {plan.network.ids.products[product]}"
            yield Held(name, False, limit, float(days.max()) if days.size else float("nan"), "days")
