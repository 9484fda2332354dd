"""Hop 5: a plan, which is a network and a solution read back under the analyst's ids."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from siting.errors import PlanError
from siting.model.goals import GOALS
from siting.plan import tables
from siting.plan.check import recount
from siting.plan.clock import clock_table
from siting.plan.costs import cost_table
from siting.plan.groups import group_table
from siting.plan.kpis import key_figures
from siting.plan.outcomes import Outcomes
from siting.plan.rules import rule_table
from siting.plan.summary import summary_text

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from siting.model.solution import Solution, Status
    from siting.network.network import Network
    from siting.study.study import Study

SHOWN = 12
"""Units that a notebook shows; the rest are counted."""


@dataclass(frozen=True)
class Plan:
    """What was decided, recounted.

    Parameters
    ----------
    network : Network
        The rows and prices.
    solution : Solution
        Values by row.
    study : Study, optional
        Where the network came from; exports keep a snapshot of it.
    options : dict, optional
        How the solve was called, for the record.
    """

    network: Network
    solution: Solution
    study: Study | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the study."""
        return self.network.name

    @property
    def status(self) -> Status:
        """Either "optimal" (proven within the gap asked for) or "feasible"."""
        return self.solution.status

    @property
    def objective(self) -> float:
        """Value of the objective."""
        return self.solution.objective

    @property
    def bound(self) -> float | None:
        """Best value that any plan can have; None where nothing is proven yet."""
        return self.solution.bound

    @property
    def gap(self) -> float | None:
        """Fraction by which the plan may miss the best one; None where nothing is proven yet."""
        return self.solution.gap

    @property
    def runtime_s(self) -> float:
        """Seconds that building and solving the model took."""
        return self.solution.runtime_s

    @property
    def features(self) -> tuple[str, ...]:
        """Rules beyond the core model that the study switched on."""
        return self.solution.features

    @property
    def strategy(self) -> str:
        """How the plan was found: direct, decompose or location."""
        return self.solution.strategy

    @property
    def left_out(self) -> tuple[str, ...]:
        """Rules that the plan keeps and the bound does not count on."""
        return self.solution.left_out

    @property
    def log(self) -> str:
        """The solver's log."""
        return self.solution.log

    @property
    def inputs(self) -> dict[str, str]:
        """SHA-256 of the files that the study was read from."""
        return {} if self.study is None else dict(self.study.inputs)

    @property
    def changes(self) -> tuple[str, ...]:
        """What was changed against the study as its author wrote it, in order, each with who asked for it."""
        return () if self.study is None else self.study.changes

    @cached_property
    def outcomes(self) -> Outcomes:
        """Patients by what became of them."""
        return Outcomes(self.network, self.solution)

    @cached_property
    def openings(self) -> gpd.GeoDataFrame:
        """One row for each unit, and each central plant in use, of each period."""
        return tables.opening_table(self.outcomes)

    @cached_property
    def candidates(self) -> gpd.GeoDataFrame:
        """Every site with what it was and whether the plan uses it."""
        return tables.candidate_table(self.outcomes)

    @cached_property
    def areas(self) -> gpd.GeoDataFrame:
        """One row for each area: patients of a mean year, what became of them, how far they went."""
        return tables.area_table(self.outcomes)

    @cached_property
    def trips(self) -> gpd.GeoDataFrame:
        """The trips that patients take, as lines."""
        return tables.trip_table(self.outcomes)

    @cached_property
    def lanes(self) -> gpd.GeoDataFrame:
        """The lanes that cells take, as lines."""
        return tables.lane_table(self.outcomes)

    @cached_property
    def clock(self) -> pd.DataFrame:
        """Days from vein to vein by region of the patients; see `siting.plan.clock.clock_table`."""
        return clock_table(self.outcomes)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Patients, treatment and travel by group and region of areas; see `siting.plan.groups.group_table`."""
        return group_table(self.outcomes)

    @cached_property
    def rules(self) -> pd.DataFrame:
        """What each rule of law and payers took away, and whether the plan feels it."""
        return rule_table(self.outcomes)

    @cached_property
    def costs(self) -> pd.DataFrame:
        """``component, payer, amount_per_year, weight, weighted`` of a mean year."""
        return cost_table(self.network, self.solution)

    @cached_property
    def kpis(self) -> dict[str, Any]:
        """Key figures; see `siting.plan.kpis.key_figures`."""
        return key_figures(self.outcomes, self.openings, self.costs, self.clock)

    @cached_property
    def criteria(self) -> dict[str, float]:
        """Value of the plan by every objective that a study may have, recounted; the cost is that of a mean year."""
        values = {name: goal(self.network, self.solution) for name, goal in GOALS.items()}
        return values | {"total_cost": values["total_cost"] / float(self.network.periods["weight"].sum())}

    @property
    def assumptions(self) -> pd.DataFrame:
        """Every parameter with its value and source."""
        return self.network.assumptions

    @cached_property
    def outlines(self) -> dict[str, gpd.GeoDataFrame]:
        """Outlines for maps, by layer, from the study's folder."""
        if self.study is None:
            return {}
        from siting.study.outlines import read_outlines

        return read_outlines(self.study.folder)

    @property
    def area_shapes(self) -> gpd.GeoSeries | None:
        """Polygons of the areas by id, where the study has them."""
        return None if self.study is None else self.study.geometry.get("areas")

    def summary(self) -> str:
        """Return the plan in words: what was decided, what it costs, who travels, how good it is, what was assumed."""
        return summary_text(self)

    def check(self) -> None:
        """Recount every rule and every dollar without the model.

        Raises
        ------
        PlanError
            Listing every rule broken and every sum that differs.
        """
        problems = recount(self.network, self.solution)
        if problems:
            raise PlanError(problems)

    def __repr__(self) -> str:
        gap = "gap unknown" if self.gap is None else f"gap {self.gap:.2%}"
        return f"<Plan {self.name}: {self.kpis['units']} units, {self.status}, {gap}>"

    def _repr_html_(self) -> str:
        """Return the plan for a notebook: the decision and its proof, and the first units."""
        from siting.card import card
        from siting.plan.summary import decision_lines

        several = len(self.network.ids.periods) > 1
        shown = [
            "name",
            "city",
            *(["period"] if several else []),
            "mode",
            "platforms",
            "starts_per_year",
            "utilization",
        ]
        first = self.openings[shown].head(SHOWN)
        rows = [
            [None if value != value else f"{value:.0%}" if name == "utilization" else value
             for name, value in zip(shown, row, strict=True)]
            for row in first.astype(object).to_numpy().tolist()
        ]  # fmt: skip
        left = len(self.openings) - len(first)
        more = f"{left:,} more in plan.openings." if left else ""
        head = ["Site", "City", *(["Period"] if several else []), "Mode", "Platforms", "Starts a year", "In use"]
        return card(f"Plan of {self.name}", [*decision_lines(self), more], head, rows)
