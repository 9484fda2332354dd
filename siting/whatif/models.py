"""Operating models side by side: what today's central plants cost against units at hospitals, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import Problem, StudyError
from siting.network.plants import plant_table
from siting.study.spelling import did_you_mean
from siting.whatif.bridge import ORDER, bridge, steps_per_dose
from siting.whatif.presets import MODELS, REFERENCE, START, STARTING_POINTS
from siting.whatif.runs import Case, Result, RunOptions, run_all, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from siting.plan.plan import Plan
    from siting.study.study import Study

LOSSES = ("patients_unmet", "patients_lost_distance", "patients_lost_quality", "patients_lost_delay")


@dataclass(frozen=True)
class Comparison:
    """Plans of the operating models of one study.

    Attributes
    ----------
    study : Study
        The study they are all overrides of.
    results : tuple of Result
        Named (starting point, model); ``found`` is the plan, None where there is none; ``failure`` says why.
    """

    study: Study
    results: tuple[Result[Plan], ...]

    @property
    def is_proven(self) -> bool:
        """Whether every plan is proven within the gap asked for."""
        return all(result.found is not None and result.found.status == "optimal" for result in self.results)

    def plan(self, start: str, model: str) -> Plan | None:
        """Return the plan of a model from a starting point; None where there is none."""
        return next((result.found for result in self.results if result.name == (start, model)), None)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each starting point and model: proof, units, patients, clock, travel, money and its steps.

        ``worth_of_switching_per_year`` is the cost of `REFERENCE` less that of the model, lost patients priced;
        ``switching_unproven_per_year`` is how much of it the gaps of the two solves leave open. Columns ``step_*``
        are money for one infused dose and add up to ``cost_per_infused``.
        """
        rows = [self._row(result) for result in self.results]
        frame = pd.DataFrame(rows)
        others = [name for name in frame.columns if not name.startswith("step_")]
        usual = [name for name in (step_column(step) for step in ORDER) if name in frame]
        steps = [*usual, *(name for name in frame.columns if name not in {*others, *usual})]
        frame[steps] = frame[steps].fillna(0.0).where(frame["cost_per_infused"].notna())
        return frame[[*others, *steps]]

    def _row(self, result: Result[Plan]) -> dict[str, Any]:
        start, model = result.name
        if result.found is None:
            return {"start": start, "model": model, "status": "no plan", "failure": result.failure,
                    "cost_per_infused": None}  # fmt: skip
        plan, figures = result.found, result.found.kpis
        base = self.plan(start, REFERENCE)
        saved = None if base is None else base.kpis["cost_per_year"] - figures["cost_per_year"]
        open_ = None if base is None else _unproven(base) + _unproven(plan)
        shown = (
            "units", "platforms", "new_centres", "share_central", "utilization", "capex", "patients_demand",
            "patients_infused", *LOSSES, "vein_to_vein_d_mean", "vein_to_vein_d_p90",
            "share_within_14_d", "share_within_21_d", "share_within_28_d", "minutes_mean",
            f"distance_{plan.network.distance_unit}_mean", "cost_per_year", "cost_without_lost_patients_per_year",
            "cost_per_infused", "implied_price",
        )  # fmt: skip
        return {
            "start": start, "model": model, "status": plan.status, "gap": plan.gap, "failure": "",
            "modes": "; ".join(f"{count} {mode}" for mode, count in figures["units_by_mode"].items()),
            **{name: figures[name] for name in shown},
            "worth_of_switching_per_year": saved, "switching_unproven_per_year": open_,
            **{step_column(str(name)): value for name, value in steps_per_dose(plan).items()},
        }  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Return the table and the bridges as they are written as JSON; figures without a plan are null."""
        return {
            "study": self.study.name,
            "is_proven": self.is_proven,
            "models": json.loads(self.table.to_json(orient="records")),
            "bridges": json.loads(self.bridges.to_json(orient="records")),
        }

    def summary(self) -> str:
        """Return the comparison as Markdown."""
        from siting.whatif.models_report import models_text

        return models_text(self)

    @cached_property
    def bridges(self) -> pd.DataFrame:
        """Steps from `REFERENCE` to every other model: ``start, model, step, reference, value, change``, a dose."""
        parts = [rows.assign(start=start, model=model) for start, model, rows in self.each_bridge()]
        columns = ["start", "model", "step", "reference", "value", "change"]
        return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)

    def each_bridge(self) -> Iterator[tuple[str, str, pd.DataFrame]]:
        """Yield starting point, model and the bridge from `REFERENCE` of that starting point."""
        for result in self.results:
            start, model = result.name
            base = self.plan(start, REFERENCE)
            if model != REFERENCE and base is not None and result.found is not None:
                steps = bridge(steps_per_dose(base), steps_per_dose(result.found))
                yield start, model, steps.rename(columns={"start": "reference", "end": "value"})


def step_column(step: str) -> str:
    """Return the column of `Comparison.table` that holds a step."""
    return f"step_{step.replace(' ', '_')}"


def _unproven(plan: Plan) -> float:
    """Return by how much a year a plan may miss the best one; infinite where nothing is proven."""
    return float("inf") if plan.gap is None else plan.gap * abs(plan.kpis["cost_per_year"])


def compare_models(
    study: Study,
    models: Sequence[str] | None = None,
    starts: Sequence[str] = STARTING_POINTS,
    options: RunOptions | None = None,
) -> Comparison:
    """Solve the operating models of a study (`siting.whatif.presets`) with the same demand and prices.

    Parameters
    ----------
    study : Study
        Its limits, courier range and modes are those of the hybrid model.
    models : sequence of str, optional
        Some of `MODELS`; all by default. `REFERENCE` is always among them.
    starts : sequence of str
        "greenfield", "brownfield" or both.
    options : RunOptions, optional
        Time limit, gap, solves side by side.

    Returns
    -------
    Comparison
        A model that has no plan is in it with the reason.

    Raises
    ------
    StudyError
        An unknown model or starting point.
    """
    options = options or RunOptions()
    wanted = [name for name in MODELS if models is None or name == REFERENCE or name in models]
    _check_names(models or (), MODELS)
    _check_names(starts, START)
    batches = _batches_of_reference(study, options)
    cases: list[Case] = []
    failed: list[Result[Plan]] = []
    for start in starts:
        begun = START[start](study, batches)
        for name in wanted:
            try:
                cases.append(Case((start, name), MODELS[name](begun)))
            except StudyError as error:
                failed.append(Result((start, name), None, str(error.problems[0])))
    solved = {result.name: result for result in [*run_all(cases, options, whole), *failed]}
    return Comparison(study, tuple(solved[start, name] for start in starts for name in wanted))


def _check_names(names: Sequence[str], known: dict[str, Any]) -> None:
    problems = [
        Problem("models", f'there is no "{name}"', did_you_mean(name, known)) for name in names if name not in known
    ]
    if problems:
        raise StudyError(problems)


def _batches_of_reference(study: Study, options: RunOptions) -> dict[str, float]:
    """Return the starts a year of every plant in `REFERENCE`, where a batch is quoted without its reference volume."""
    if "central_plants" not in study.tables:
        return {}
    plants = plant_table(study)
    if not (plants["batch_cost"].notna() & plants["reference_batches_per_year"].isna()).any():
        return {}
    [result] = run_all([Case(("reference volume",), MODELS[REFERENCE](study))], options, whole)
    if result.found is None:
        raise StudyError([Problem("central_plants", f"the plants cannot make all by themselves: {result.failure}")])
    made = result.found.openings.groupby("site_id")["starts_per_year"].mean()
    return {plant: float(made.get(plant, 0.0)) for plant in plants["id"]}
