"""Plans side by side: figures, sites, and who gains and loses, each plan against the first.

Patients are told apart by area: all patients of an area count with their area's mean trip and mean days from vein to
vein. An area counts as *shorter* or *longer* where its mean moves by more than `LEAST_CHANGE`; *gained* where only the
later plan serves it, *lost* where only the first does. Patients are those of a mean year in the later plan's data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.plan.proof import proof
from siting.words import count

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from siting.plan.plan import Plan

WGS84 = "EPSG:4326"
LEAST_CHANGE = {"minutes": 1.0, "vein_to_vein_d": 0.1}
"""Smallest change of an area's mean that counts: a minute of travel, a tenth of a day from vein to vein."""
MEASURES = {"minutes": "travel", "vein_to_vein_d": "waiting"}
"""Columns of `Plan.areas` in which patients gain or lose, and what they are called."""
SHORTER, LONGER, SAME, GAINED, LOST, NONE = "shorter", "longer", "same", "gained", "lost", "none"
CHANGES = (SHORTER, LONGER, SAME, GAINED, LOST, NONE)
"""What may become of an area's trips or days; none: no plan serves it."""
ADDED, DROPPED, CHANGED, KEPT = "added", "dropped", "changed", "kept"
SAME_PLACE_DEGREES = 0.01
"""Areas of one id that lie further apart than this are different areas."""


@dataclass(frozen=True)
class PlanComparison:
    """Plans of the same areas and money, held against the first of them.

    Attributes
    ----------
    plans : tuple of Plan
        At least two; the first is the reference.
    names : tuple of str
        What they are called, all different.
    """

    plans: tuple[Plan, ...]
    names: tuple[str, ...]

    @property
    def is_proven(self) -> bool:
        """Whether every plan is proven within the gap asked for."""
        return all(plan.status == "optimal" for plan in self.plans)

    @cached_property
    def kpis(self) -> pd.DataFrame:
        """Key figures by row (``figure``), plans by column, and ``change: <name>`` for each plan after the first.

        Figures that are no numbers (units by mode) have no change; a figure that a plan does not have is None.
        """
        flat = [_flat(plan) for plan in self.plans]
        figures = list(dict.fromkeys(name for one in flat for name in one))
        none = {name: 0 for name in figures if ": " in name}
        flat = [none | one for one in flat]
        table = pd.DataFrame({"figure": figures})
        for name, one in zip(self.names, flat, strict=True):
            table[name] = pd.Series([one.get(figure) for figure in figures], dtype=object)
        for name, one in zip(self.names[1:], flat[1:], strict=True):
            changes = [_change(flat[0].get(figure), one.get(figure)) for figure in figures]
            table[f"change: {name}"] = pd.Series(changes, dtype=object)
        return table

    @cached_property
    def sites(self) -> gpd.GeoDataFrame:
        """Sites with a unit or a plant in use in the first plan or a later one, one row for each pair of plans.

        Columns: ``plan`` (the later one), ``site_id, name, city, region, is_central, change`` (added, dropped, changed,
        kept), ``before, after`` (mode, number and platform by period, in words), ``starts_before,
        starts_after`` (a year, in the last period), ``lon, lat``, points in WGS 84.
        """
        first = _units(self.plans[0])
        parts = [_site_changes(first, _units(plan), name) for name, plan in self._later()]
        rows = pd.concat(parts, ignore_index=True)
        return gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["lon"], rows["lat"]), crs=WGS84)

    @cached_property
    def areas(self) -> gpd.GeoDataFrame:
        """Areas before and after, one row for each area and later plan.

        Columns: ``plan, area_id, name, region, group, patients`` (a mean year of the later plan's data), for travel
        (minutes) and waiting (days) ``<column>_before, _after, _change`` and ``travel, waiting`` (one of `CHANGES`),
        ``infused_share_before, _after, _change``, ``lon, lat``, points in WGS 84.
        """
        first = self.plans[0].areas.set_index("area_id")
        parts = [_area_changes(first, plan.areas.set_index("area_id"), name) for name, plan in self._later()]
        rows = pd.concat(parts, ignore_index=True)
        return gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["lon"], rows["lat"]), crs=WGS84)

    @cached_property
    def gains(self) -> pd.DataFrame:
        """Who gains and loses travel and waiting: patients of a mean year, in all, by region and by group.

        Columns: ``plan, measure`` (travel, waiting), ``by`` (all, region, group), ``name, patients``, patients by
        change (``shorter, longer, same, gained, lost, none``), ``before, after, change``: means over the patients whom
        both plans serve, in minutes or days.
        """
        parts = [
            _gains(rows[rows[by] != ""] if by != "all" else rows, column, by, name)
            for name, _ in self._later()
            for rows in [self.areas[self.areas["plan"] == name].assign(all="")]
            for column in MEASURES
            for by in ("all", "region", "group")
        ]
        return pd.concat(parts, ignore_index=True)

    def _later(self) -> list[tuple[str, Plan]]:
        return list(zip(self.names[1:], self.plans[1:], strict=True))

    def undecided(self, name: str) -> float | None:
        """Return how much of a cost difference to the first plan the gaps leave open, a year; None if unknown."""
        plans = (self.plans[0], self.plans[self.names.index(name)])
        if any(plan.gap is None or plan.solution.objective_kind != "total_cost" for plan in plans):
            return None
        return float(sum((plan.gap or 0.0) * abs(plan.kpis["cost_per_year"]) for plan in plans))

    def record(self) -> dict[str, Any]:
        """Return everything as it is written as JSON; what is unknown is null."""
        tables = {"kpis": self.kpis, "sites": self.sites, "gains": self.gains}
        return {
            "plans": list(self.names),
            "is_proven": self.is_proven,
            "proof": {name: proof(plan) for name, plan in zip(self.names, self.plans, strict=True)},
            **{
                name: json.loads(
                    pd.DataFrame(table).drop(columns="geometry", errors="ignore").to_json(orient="records")
                )
                for name, table in tables.items()
            },
        }

    def summary(self) -> str:
        """Return the comparison in words and figures, as Markdown."""
        from siting.whatif.compare_report import compare_text

        return compare_text(self)

    def write(self, folder: str | Path) -> Path:
        """Write tables, page, difference map and GeoPackage; see `siting.whatif.compare_report.write_comparison`."""
        from siting.whatif.compare_report import write_comparison

        return write_comparison(self, folder)

    def _repr_html_(self) -> str:
        from siting.whatif.compare_report import compare_fragment

        return compare_fragment(self)

    def __repr__(self) -> str:
        return f"<PlanComparison of {count(len(self.plans), 'plan')}: {', '.join(self.names)}>"


def compare(first: Plan, *others: Plan, names: Sequence[str] | None = None) -> PlanComparison:
    """Hold plans against the first of them.

    Parameters
    ----------
    first : Plan
        The reference: an earlier plan, or a baseline (`siting.today`, `siting.kept`).
    *others : Plan
        One or more plans of the same areas and money.
    names : sequence of str, optional
        What to call them; the names of their studies by default, numbered where they are equal.

    Returns
    -------
    PlanComparison
        Tables ``kpis``, ``sites``, ``areas`` and ``gains``, ``summary()``, ``write(folder)``; notebooks show it.

    Raises
    ------
    StudyError
        Fewer than two plans, names that do not fit, or plans of different areas, currencies, price years or units.

    Examples
    --------
    >>> import siting
    >>> plan = siting.optimize(siting.read_study("tiny"))
    >>> siting.compare(siting.today(plan.study), plan, names=["today", "plan"])
    <PlanComparison of 2 plans: today, plan>
    """
    plans = (first, *others)
    called = _names(plans, names)
    problems = [] if others else [Problem("compare", "there is one plan only", "name another, or a baseline")]
    problems += [problem for name, plan in zip(called[1:], others, strict=True)
                 for problem in _not_comparable(first, plan, called[0], name)]  # fmt: skip
    if problems:
        raise StudyError(problems)
    return PlanComparison(plans, called)


def _names(plans: Sequence[Plan], names: Sequence[str] | None) -> tuple[str, ...]:
    if names is not None:
        if len(names) != len(plans) or len(set(names)) != len(names):
            what = f"{count(len(plans), 'plan')} and {count(len(names), 'name')}: {', '.join(names)}"
            raise StudyError([Problem("compare", what, "give every plan a name of its own")])
        return tuple(names)
    called: list[str] = []
    for plan in plans:
        taken = sum(name == plan.name or name.startswith(f"{plan.name} (") for name in called)
        called.append(f"{plan.name} ({taken + 1})" if taken else plan.name)
    return tuple(called)


def _not_comparable(first: Plan, other: Plan, name: str, called: str) -> list[Problem]:
    """Return why two plans cannot be held against each other."""
    facts = (
        ("currency", "money of different currencies does not add up; convert one study"),
        ("price_year", "money of different years does not add up; bring one study to the other's prices"),
        ("distance_unit", "set study.distance_unit alike in both"),
    )
    where = f"{called} against {name}"
    problems = []
    for key, remedy in facts:
        mine, theirs = getattr(first.network, key), getattr(other.network, key)
        if mine != theirs:
            problems.append(Problem(where, f"{key} is {theirs} in one and {mine} in the other", remedy))
    remedy = "compare plans of one list of areas"
    mine_ids, their_ids = first.network.ids.areas, other.network.ids.areas
    missing = tuple(sorted(set(mine_ids) ^ set(their_ids)))
    if missing:
        what = f"{count(len(missing), 'area')} in one of the two only"
        problems.append(Problem(where, what, remedy, missing))
        return problems
    places = [plan.areas.set_index("area_id")[["lon", "lat"]].loc[list(mine_ids)].to_numpy() for plan in (first, other)]
    moved = (np.abs(places[0] - places[1]) > SAME_PLACE_DEGREES).any(axis=1)
    if moved.any():
        rows = tuple(np.array(mine_ids)[moved].tolist())
        what = "areas of the same id lie elsewhere, so they are different areas"
        problems.append(Problem(where, what, remedy, rows))
    return problems


def _flat(plan: Plan) -> dict[str, Any]:
    """Return key figures with nested ones as ``units: owned``."""
    figures: dict[str, Any] = {}
    for name, value in plan.kpis.items():
        if isinstance(value, dict):
            figures |= {f"{name}: {key}": inner for key, inner in value.items()}
        else:
            figures[name] = value
    return figures | {"objective_kind": plan.solution.objective_kind, "status": plan.status, "gap": plan.gap}


def _change(before: Any, after: Any) -> float | None:
    numbers = [isinstance(value, int | float) and not isinstance(value, bool) for value in (before, after)]
    return float(after - before) if all(numbers) else None


def _units(plan: Plan) -> pd.DataFrame:
    """Return sites with a unit in any period: what they run in words, and starts a year in the last period."""
    rows, periods = plan.openings, plan.network.ids.periods
    kinds = [name for name in ("mode", "platforms", "platform", "service_class", "use") if name in rows]
    words = []
    for row in rows[[*kinds, "is_central"]].itertuples(index=False):
        unit = f"{row.mode}, {row.platforms} x {row.platform}"
        extra = [getattr(row, name) for name in ("service_class", "use") if name in kinds]
        words.append("central plant" if row.is_central else ", ".join([unit, *extra]))
    table = pd.DataFrame(rows.drop(columns="geometry")).assign(runs=words)
    starts = table[table["period"] == periods[-1]].set_index("site_id")["starts_per_year"]
    one = table.drop_duplicates("site_id").set_index("site_id")
    runs = table.groupby("site_id", sort=False)[["period", "runs"]].apply(lambda unit: _over_periods(unit, periods))
    facts = one[["name", "city", "region", "is_central", "lon", "lat"]]
    return facts.assign(runs=runs.reindex(one.index) if len(one) else "", starts=starts.reindex(one.index).fillna(0.0))


def _over_periods(unit: pd.DataFrame, periods: tuple[str, ...]) -> str:
    """Return what a site runs, with the periods in which that begins or ends where there are several."""
    if len(periods) == 1:
        return str(unit["runs"].iloc[0])
    runs = unit.set_index("period")["runs"].reindex(list(periods)).fillna("none")
    begins = [(runs.index[0], runs.iloc[0]), *((now, runs[now]) for last, now in pairwise(runs.index)
                                               if runs[now] != runs[last])]  # fmt: skip
    return "; ".join(f"{period}: {words}" for period, words in begins)


def _site_changes(before: pd.DataFrame, after: pd.DataFrame, name: str) -> pd.DataFrame:
    ids = before.index.union(after.index, sort=False)
    facts = after.reindex(ids).combine_first(before.reindex(ids)).reindex(ids)
    was, runs = before["runs"].reindex(ids).fillna(""), after["runs"].reindex(ids).fillna("")
    change = np.select([was == "", runs == "", was != runs], [ADDED, DROPPED, CHANGED], KEPT)
    return pd.DataFrame(
        {
            "plan": name,
            "site_id": ids.astype(str),
            **{column: facts[column].to_numpy() for column in ("name", "city", "region")},
            "is_central": facts["is_central"].astype(bool).to_numpy(),
            "change": change,
            "before": was.to_numpy(),
            "after": runs.to_numpy(),
            "starts_before": before["starts"].reindex(ids).fillna(0.0).to_numpy(float),
            "starts_after": after["starts"].reindex(ids).fillna(0.0).to_numpy(float),
            "lon": facts["lon"].to_numpy(float),
            "lat": facts["lat"].to_numpy(float),
        }
    )


def _area_changes(before: pd.DataFrame, after: pd.DataFrame, name: str) -> pd.DataFrame:
    after = after.reindex(before.index)
    table: dict[str, Any] = {"plan": name, "area_id": before.index.astype(str)}
    table |= {column: before[column].to_numpy() for column in ("name", "region", "group")}
    table["patients"] = after["demand"].to_numpy(float)
    for column, word in MEASURES.items():
        was, now = before[column].to_numpy(float), after[column].to_numpy(float)
        served, serves = np.isfinite(was), np.isfinite(now)
        least = LEAST_CHANGE[column]
        table |= {f"{column}_before": was, f"{column}_after": now, f"{column}_change": now - was}
        table[word] = np.select(
            [~served & ~serves, ~served, ~serves, now < was - least, now > was + least],
            [NONE, GAINED, LOST, SHORTER, LONGER],
            SAME,
        )
    shares = [
        np.divide(rows["infused"], rows["demand"], out=np.full(len(rows), np.nan), where=rows["demand"].to_numpy() > 0)
        for rows in (before.astype({"infused": float}), after.astype({"infused": float}))
    ]
    table |= {"infused_share_before": shares[0], "infused_share_after": shares[1],
              "infused_share_change": shares[1] - shares[0]}  # fmt: skip
    return pd.DataFrame(table | {"lon": before["lon"].to_numpy(float), "lat": before["lat"].to_numpy(float)})


def _gains(rows: pd.DataFrame, column: str, by: str, name: str) -> pd.DataFrame:
    """Return patients by change, and means over the patients whom both plans serve, for each value of a column."""
    found = []
    for value, part in rows.groupby(by, sort=True):
        both = part[np.isfinite(part[f"{column}_change"])]
        weight = both["patients"].to_numpy(float)
        means = [float(weight @ both[f"{column}_{when}"] / weight.sum()) if weight.sum() > 0 else np.nan
                 for when in ("before", "after")]  # fmt: skip
        patients = part.groupby(MEASURES[column])["patients"].sum()
        found.append(
            {"plan": name, "measure": MEASURES[column], "by": by, "name": value, "patients": part["patients"].sum()}
            | {change: float(patients.get(change, 0.0)) for change in CHANGES}
            | {"before": means[0], "after": means[1], "change": means[1] - means[0]}
        )
    columns = ["plan", "measure", "by", "name", "patients", *CHANGES, "before", "after", "change"]
    return pd.DataFrame(found, columns=columns)
