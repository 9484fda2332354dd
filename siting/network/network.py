"""The network: what a study means in patients, hours and dollars, as sparse priced rows.

Everything that the model decides on is a row of a table here, and everything a decision costs is a column of that row.
Inside, ids are small integers (positions in the id lists); the analyst's ids stand in `Ids`.

Ledger columns
--------------
A cost column is called ``component:payer``, for example ``capex:host``. The payer is one of `PAYERS`. A transfer is
two columns of one component with opposite signs (``entry_fee:host`` is positive, ``entry_fee:manufacturer``
negative), so it cancels when both payers weigh the same. `Network.cost` is the weighted sum of a table's ledger
columns; the objective, the report and the recount all use it, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.network.law import Law

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

PAYERS = ("manufacturer", "host", "patient", "insurer", "lost")
VALUES = ("insurer", "lost")
"""Payers whose amounts are values and no costs: avoided care of infused patients, the price of lost ones."""
LEDGER_TABLES = ("trips", "lanes", "makings", "options", "milestones", "hospitals", "unmet", "shared_costs")


@dataclass(frozen=True)
class Ids:
    """The analyst's ids; position = the integer used in the tables."""

    areas: tuple[str, ...]
    hospitals: tuple[str, ...]
    sites: tuple[str, ...]
    products: tuple[str, ...] = ("base",)
    periods: tuple[str, ...] = ("base",)
    scenarios: tuple[str, ...] = ("base",)


@dataclass(frozen=True)
class GroupRule:
    """What one group of areas is promised; None means nothing.

    ``key`` is the setting, ``areas`` are positions, ``best`` the weighted patients of the group who could be treated.
    """

    key: str
    areas: tuple[int, ...]
    best: float
    min_treated_share: float | None = None
    max_mean_travel_min: float | None = None
    max_travel_ratio: float | None = None


@dataclass(frozen=True)
class Equity:
    """Rules on who travels how far, in plain numbers."""

    within: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By name: minutes, and the least share of the patients who travel no longer."""
    stranded: frozenset[tuple[int, int]] = frozenset()
    """Areas and products that no trip of the whole study serves."""
    cvar_travel_min: float | None = None
    tail_share: float = 0.1
    groups: tuple[GroupRule, ...] = ()


@dataclass(frozen=True)
class Limits:
    """The rules of the network in plain numbers; None means no limit.

    ``sites``, ``modes[mode]``, ``regions[region]`` are (least, most) with None for an open end.
    Units of central plants do not count.
    """

    budget: float | None = None
    sites: tuple[int | None, int | None] = (None, None)
    modes: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    volume_shares: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """Least and greatest share of all collected patients that units of a mode make."""
    min_starts: float | None = None
    """Least starts a year of all units together in the last period."""
    host_margins: Mapping[str, float] = field(default_factory=dict)
    """Modes whose host must earn (1 + margin) x its cost, with the margin."""
    ramp_up: Mapping[str, float] = field(default_factory=dict)
    """Modes whose new capacity can be used in part only in its first period, with that share."""
    regions: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    service_level: float | None = None
    mean_travel_min: float | None = None
    unserved_min: float = 0.0
    """Minutes that an unserved patient counts with in mean travel: the travel limit, at least the longest trip."""
    cost_per_year: float | None = None
    vein_to_vein_d: float | None = None
    uninfused_d: float = 0.0
    """Days that a patient who is not infused counts with from vein to vein: the longest way of the study."""
    equity: Equity = Equity()
    allow_unserved: bool = True
    single_source_areas: bool = False
    single_source_hospitals: bool = False
    fixed: Mapping[tuple[str, str], tuple[str, int] | None] = field(default_factory=dict)
    """Decisions taken by hand: (site id, period id) -> (configuration id, platforms), or None for "no unit"."""


def no_milestones() -> pd.DataFrame:
    """Return a table of milestones without rows."""
    types = {"site": np.int32, "configuration": np.int32, "starts": float}
    return pd.DataFrame({name: np.zeros(0, dtype=kind) for name, kind in types.items()})


@dataclass(frozen=True)
class Network:
    """Sparse, priced rows; the only thing the model, the solver, the plan and the recount look at.

    All tables have a RangeIndex; columns named after an index set hold positions in `ids` (int32). Amounts are a year,
    undiscounted; `slices.weight` turns them into the objective.

    Attributes
    ----------
    slices : DataFrame
        ``period, scenario, weight``: one row for each (period, scenario), scenario fastest; weight = probability x
        discounted years.
    periods : DataFrame
        ``weight``: discounted years, by position; weighs costs of design.
    demands : DataFrame
        ``area, product, slice, patients``: rows with patients > 0 only.
    unmet : DataFrame
        ``area, product, can_stay`` and ledger ``lost_unmet:lost``: price of a patient of the area referred nowhere;
        ``can_stay`` False where the study wants everybody served.
    trips : DataFrame
        ``area, hospital, product, km, minutes, source, uptake`` and ledger ``travel:patient``, ``lost_distance:lost``,
        all for one *referred* patient (the price already holds uptake).
    lanes : DataFrame
        ``hospital, site, product, km, hours, source, link`` and ledger ``courier:manufacturer``, where in use
        ``cryo:manufacturer``, for one patient collected. `link` is a position in `links`.
    links : DataFrame
        ``link_class`` (at, close, far, central), ``hours``: transit hours of the step, for making, ``shipping`` (fresh,
        cryo), ``barred``: modes that the law forbids to make what comes this way, separated by ";".
    makings : DataFrame
        ``site, configuration, link, product, slots`` (starts of capacity used by one patient), ``starts, released,
        infused, infused_oos, lost_quality, lost_delay`` (released: doses in specification; shares of collected
        patients; infused includes infused_oos), ``vein_to_vein_d`` and ledger ``making:*, vector:*, fee_per_start:*,
        lost_quality:lost, lost_delay:lost``, where in use ``fee_per_dose:*, royalty:*, avoided_care:insurer``, for one
        patient collected.
    options : DataFrame
        ``site, configuration, platforms, capacity`` (starts a year), ``capacity_today`` (what the site has today in the
        same configuration, 0 for new units), ``is_existing`` (what runs today), ``min_starts, area_m2, fte``
        (full-time people), ``capex`` (one-off, whole: machines, fit-out and purchase), ``capex_manufacturer`` (the
        manufacturer's share) and ledger
        ``capex:*, fixed_opex:*, oversight:*, rent:*, entry_fee:*, activation:host``, where in use ``fit_out:*,
        purchase:*, staff:*``, a year.
    milestones : DataFrame
        ``site, configuration, starts`` and ledger ``milestone:*``: paid for a year in which the unit makes so many
        starts.
    configurations : DataFrame
        ``id, mode, platform, service_class, use`` (the analyst's ids as text), ``is_central`` and the days ``wait_d,
        process_d, release_d, scheduling_d``. Id is "mode/platform", with "/service_class" and "/use" where there are
        several; see `siting.network.configurations`.
    hospitals : DataFrame
        By position: ``name, city, region, lon, lat, treats_today, becomes_centre, treatment_capacity`` (NaN: none),
        ``min_treated`` (least patients collected a year if it becomes a centre).
    sites : DataFrame
        By position: ``name, city, region, lon, lat, hospital`` (position, -1 for a central plant), ``is_central,
        status, may_close``, ``beds`` (NaN: unknown).
    areas : DataFrame
        By position: ``name, region, group, lon, lat, population``.
    shared_costs : DataFrame
        ``name`` and ledger, a year: paid in a period if any member has a unit.
    shared_members : DataFrame
        ``shared_cost, site, mode``: a mode, or "" for units of any mode.
    limits : Limits
        The rules in numbers.
    law : Law
        The rules of law and payers: what they took away, and the hubs and approvals that units need.
    weights : mapping
        Weight of each payer in the objective.
    notes : tuple of str
        What the study decided by itself and the reader should know (unknown beds allowed at 12 sites, ...).
    """

    name: str
    currency: str
    price_year: int
    distance_unit: str
    ids: Ids
    slices: pd.DataFrame
    periods: pd.DataFrame
    areas: pd.DataFrame
    hospitals: pd.DataFrame
    sites: pd.DataFrame
    configurations: pd.DataFrame
    links: pd.DataFrame
    demands: pd.DataFrame
    unmet: pd.DataFrame
    trips: pd.DataFrame
    lanes: pd.DataFrame
    makings: pd.DataFrame
    options: pd.DataFrame
    shared_costs: pd.DataFrame
    shared_members: pd.DataFrame
    milestones: pd.DataFrame = field(default_factory=no_milestones)
    list_prices: tuple[float | None, ...] = ()
    """Price of an infused dose by product, for margins that are reported; empty where nothing is known."""
    margin_share: float = 0.0
    """Margin in the implied price, as a share of that price; reported only."""
    limits: Limits = Limits()
    law: Law = field(default_factory=Law)
    weights: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(PAYERS, 1.0))
    notes: tuple[str, ...] = ()
    assumptions: pd.DataFrame = field(default_factory=pd.DataFrame)

    def cost(self, table: str) -> NDArray[np.float64]:
        """Return the weighted cost of one unit of each row of a table.

        Parameters
        ----------
        table : str
            One of `LEDGER_TABLES`.

        Returns
        -------
        ndarray, shape (rows,)
            Sum over payers of weight x amount, in the study's currency a year.
        """
        rows: pd.DataFrame = getattr(self, table)
        total = np.zeros(len(rows))
        for column in ledger(rows):
            total += self.weights[column.split(":")[1]] * rows[column].to_numpy()
        return total

    def must_open(self) -> list[int]:
        """Return the sites that every plan runs: required ones, and existing units that may not close."""
        status, may_close = self.sites["status"], self.sites["may_close"]
        return np.flatnonzero((status == "required") | ((status == "existing") & ~may_close)).tolist()

    def replace(self, **changes: Any) -> Network:
        """Return a copy with some attributes changed."""
        return replace(self, **changes)

    def with_options(self, kept: NDArray[np.bool_]) -> Network:
        """Return a copy with some of the options, and only the makings that these can do."""
        options = self.options[kept].reset_index(drop=True)
        pairs = pd.MultiIndex.from_frame(options[["site", "configuration"]].drop_duplicates())
        able = {
            name: rows[pd.MultiIndex.from_frame(rows[["site", "configuration"]]).isin(pairs)].reset_index(drop=True)
            for name, rows in (("makings", self.makings), ("milestones", self.milestones))
        }
        return self.replace(options=options, **able)

    def _repr_html_(self) -> str:
        """Return the network for a notebook: its sizes and ranges, and what the study decided by itself."""
        from siting.card import card
        from siting.network.describe import describe_network, network_lines

        return card(f"Network of {self.name}", self.notes, rows=list(network_lines(describe_network(self))))


def ledger(rows: pd.DataFrame) -> list[str]:
    """Return the names of a table's ledger columns, ``component:payer``."""
    return [column for column in rows.columns if ":" in column]
