"""Does the plan keep its promised waits? Each unit as a discrete-event simulation, against the queue formula."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from siting.errors import Problem, StudyError
from siting.network.capacity import DAYS_PER_YEAR, mean_wait_d
from siting.network.machines import Machines, unit_machines
from siting.plan.check import starts
from siting.plan.tables import LEAST_FLOW
from siting.whatif.floor import Unit, simulated_waits
from siting.words import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from siting.plan.plan import Plan
    from siting.study.study import Study

ALLOWANCE = 1.2
"""A unit keeps its promise up to this multiple of the promised wait (assumption: what the queue formula may be off)."""
VERDICTS = {
    "kept": f"mean wait of at most {ALLOWANCE:g} x the promise",
    "missed": f"mean wait of more than {ALLOWANCE:g} x the promise",
    "unclear": f"the interval holds {ALLOWANCE:g} x the promise; simulate more years or replications",
    "overloaded": "more batches than the machines can ever make, so the wait grows without end",
}
CONFIDENCE = 0.95
SHOWN = 30
"""Longest name of a unit in the summary."""


@dataclass(frozen=True)
class SimulateOptions:
    """How long and how often to simulate.

    Attributes
    ----------
    years, warmup_years : float
        Years counted in each run, and years before them that are left out because the unit starts empty.
    replications : int
        Runs of each unit, each with its own chance; 2 or more.
    seed : int
        The same seed gives the same waits.
    slot_cv2 : float
        Squared coefficient of variation of the days in a slot before outages; 0: every batch takes the same time.
    """

    years: float = 20.0
    warmup_years: float = 2.0
    replications: int = 30
    seed: int = 0
    slot_cv2: float = 0.0


@dataclass(frozen=True)
class Simulation:
    """Promised and simulated waits.

    Attributes
    ----------
    name : str
        Name of the plan.
    waits : DataFrame
        One row for each unit, period and scenario: ``site_id, name, period, scenario, mode, platform, platforms,
        starts_per_year, promised_wait_d`` (what the clock of the plan counts), ``formula_wait_d`` (Allen-Cunneen at the
        plan's volume; infinite where it exceeds what the machines can make), ``simulated_wait_d, simulated_low_d,
        simulated_high_d`` (mean of the replications and its 95 % interval), ``simulated_p90_d`` and ``verdict``, one of
        `VERDICTS`.
    options : SimulateOptions
        How it was simulated.
    notes : tuple of str
        What was assumed and what was left out.
    """

    name: str
    waits: pd.DataFrame
    options: SimulateOptions
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return name, options, notes and waits as plain values for JSON; what is not finite is None."""
        finite = self.waits.astype(object).where(self.waits.notna() & ~self.waits.isin([np.inf]), None)
        units = finite.to_dict("records")
        return {"name": self.name, "options": asdict(self.options), "notes": list(self.notes), "units": units}

    def summary(self) -> str:
        """Return promised against simulated waits as text."""
        return "\n".join(_lines(self)) + "\n"


def simulate(plan: Plan, options: SimulateOptions | None = None) -> Simulation:
    """Simulate every unit of a plan and compare the waits with those that the plan promises.

    Patients come one by one at the plan's rates (Poisson where ``queue.arrival_cv2`` is 1), batches take the days of
    the platform, failed ones are started again, and platforms fail and are repaired so that they work their
    ``availability``. Central plants are not simulated: their wait is an input.

    Parameters
    ----------
    plan : Plan
        From `siting.optimize` or `siting.read_plan`.
    options : SimulateOptions, optional
        Length, replications, seed.

    Returns
    -------
    Simulation
        One row for each unit, period and scenario.

    Raises
    ------
    StudyError
        The plan has no study that says what its machines are, or options are out of range.
    """
    options = options or SimulateOptions()
    study = _checked(plan, options)
    rows, idle = [], []
    for number, (row, machines, unit) in enumerate(_units(study, plan, options.slot_cv2)):
        if unit.patients_per_year > LEAST_FLOW:
            rows.append(row | _waits(machines, unit, options, number))
        else:
            idle.append(str(row["site_id"]))
    return Simulation(plan.name, pd.DataFrame(rows, columns=_COLUMNS), options, tuple(_notes(study, plan, idle)))


_COLUMNS = [
    "site_id", "name", "period", "scenario", "mode", "platform", "platforms", "starts_per_year", "promised_wait_d",
    "formula_wait_d", "simulated_wait_d", "simulated_low_d", "simulated_high_d", "simulated_p90_d", "verdict",
]  # fmt: skip


def _checked(plan: Plan, options: SimulateOptions) -> Study:
    """Return the study of a plan; refuse a plan without one, machines that never work, and options that say nothing."""
    cases = (
        ("plan", plan.study is None, "has no study that says what its machines are"),
        ("years", not options.years > 0, "must be above 0"),
        ("warmup_years", not options.warmup_years >= 0, "must be 0 or more"),
        ("replications", options.replications < 2, "must be 2 or more: one run has no confidence interval"),
        ("seed", options.seed < 0, "must be 0 or more"),
        ("slot_cv2", not options.slot_cv2 >= 0, "must be 0 or more"),
    )
    problems = [Problem(where, what) for where, wrong, what in cases if wrong]
    if problems or plan.study is None:
        raise StudyError(problems)
    platforms = plan.study.tables["platforms"]
    never = platforms["id"].isin(plan.openings["platform"]) & (platforms["availability"] <= 0.0)
    if never.any():
        raise StudyError([Problem("platforms", "availability is 0 and the plan uses the platform",
                                  "set it above 0", tuple(platforms["id"][never]))])  # fmt: skip
    return plan.study


def _units(study: Study, plan: Plan, slot_cv2: float) -> Iterator[tuple[dict[str, Any], Machines, Unit]]:
    """Give each unit of each slice: what it is called, its machines, and what comes to it."""
    network, solution = plan.network, plan.solution
    used, patients = starts(network, solution), np.zeros((len(network.sites), len(network.slices)))
    np.add.at(patients, network.makings["site"].to_numpy(), solution.made)
    for s, (period, scenario) in enumerate(network.slices[["period", "scenario"]].itertuples(index=False)):
        chosen = np.where(network.sites["is_central"], -1, solution.open_options[period])
        for j in np.flatnonzero(chosen >= 0):
            option = network.options.iloc[chosen[j]]
            configuration = network.configurations.iloc[int(option["configuration"])]
            machines = unit_machines(study, configuration, int(option["platforms"]))
            row = {
                "site_id": network.ids.sites[j],
                "name": network.sites["name"].iloc[j],
                "period": network.ids.periods[period],
                "scenario": network.ids.scenarios[scenario],
                "mode": configuration["mode"],
                "platform": configuration["platform"],
                "platforms": machines.platforms,
                "starts_per_year": float(used[j, s]),
            }
            yield row, machines, _unit(machines, float(patients[j, s]), float(used[j, s]), slot_cv2)


def _unit(machines: Machines, patients: float, batches: float, slot_cv2: float) -> Unit:
    """Return the unit with all its users: others load their share of shared machines as the plan loads its own."""
    return Unit(
        patients_per_year=patients / machines.capacity_share,
        slots_per_patient=batches / max(patients, LEAST_FLOW),
        platforms=machines.platforms,
        slots=machines.slots,
        slot_d=machines.slot_d,
        availability=machines.availability,
        repair_d=machines.repair_d,
        arrival_cv2=machines.queue.arrival_cv2,
        slot_cv2=slot_cv2,
    )


def _waits(machines: Machines, unit: Unit, options: SimulateOptions, number: int) -> dict[str, Any]:
    """Return promised and simulated waits of one unit, in days."""
    runs = [
        simulated_waits(unit, options.warmup_years * DAYS_PER_YEAR, options.years * DAYS_PER_YEAR,
                        np.random.default_rng([options.seed, number, replication]))
        for replication in range(options.replications)
    ]  # fmt: skip
    mean, half = _interval(np.array([run.mean() for run in runs if len(run)]))
    batches, slot_d = unit.patients_per_year * unit.slots_per_patient, machines.slot_d / machines.availability
    formula, promised = mean_wait_d(batches, machines.servers, slot_d, machines.queue), machines.queue.max_wait_d
    return {
        "promised_wait_d": promised,
        "formula_wait_d": formula,
        "simulated_wait_d": mean,
        "simulated_low_d": max(mean - half, 0.0),
        "simulated_high_d": mean + half,
        "simulated_p90_d": float(np.quantile(np.concatenate(runs), 0.9)) if np.isfinite(mean) else np.nan,
        "verdict": _verdict(promised, formula, mean, half),
    }


def _interval(means: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean of independent runs and half the width of its confidence interval (Student's t)."""
    if len(means) < 2:
        return np.nan, np.nan
    spread = means.std(ddof=1) / np.sqrt(len(means))
    return float(means.mean()), float(student.ppf(0.5 + CONFIDENCE / 2.0, len(means) - 1) * spread)


def _verdict(promised: float, formula: float, mean: float, half: float) -> str:
    if not np.isfinite(formula):
        return "overloaded"
    if mean + half <= ALLOWANCE * promised:
        return "kept"
    return "missed" if mean - half > ALLOWANCE * promised else "unclear"


def _notes(study: Study, plan: Plan, idle: list[str]) -> Iterator[str]:
    platforms = study.tables["platforms"].set_index("id")
    used = platforms.loc[[name for name in platforms.index if name in set(plan.openings["platform"])]]
    for name, row in used[used["availability"] < 1.0].iterrows():
        yield (
            f"{name} works {row['availability']:.1%} of the days; an outage lasts {row['repair_d']:g} days on average "
            f"({row['repair_d_source']})."
        )
    if len(used) and (used["availability"] >= 1.0).all():
        yield "No platform in use has an availability below 1, so none fails here."
    own = study.tables.get("capacities")
    if own is not None and len(named := sorted(set(own["platform"]) & set(used.index))):
        yield f"The capacity of {listed(named)} is the study's own table, not the queue formula."
    if plan.openings["is_central"].any():
        yield "Central plants are not simulated: their wait is an input of the study."
    shared = study.tables.get("uses")
    if shared is not None and (shared["capacity_share"] < 1.0).any():
        yield "Other users of shared units are taken to load their share as the plan loads its own."
    if idle:
        yield f"Units without patients are left out: {listed(idle)}."


def _lines(simulation: Simulation) -> Iterator[str]:
    options, waits = simulation.options, simulation.waits
    yield f"{simulation.name}: mean wait for a slot in days, promised and simulated"
    yield (
        f"{options.replications} runs of {options.years:g} years after {options.warmup_years:g} of warm-up, "
        f"seed {options.seed}; {CONFIDENCE:.0%} confidence"
    )
    yield ""
    if waits.empty:
        yield "  The plan has no units to simulate."
    else:
        yield from _table(waits)
        yield ""
        yield from _conclusion(waits)
    yield ""
    yield from simulation.notes


def _table(waits: pd.DataFrame) -> Iterator[str]:
    when = [name for name in ("period", "scenario") if waits[name].nunique() > 1]
    head = f"  {'unit':<{SHOWN}} {'starts/y':>8} {'promised':>8} {'formula':>8} {'simulated':>9} {'interval':>13}"
    yield f"{head} {'p90':>6}  verdict"
    for row in waits.itertuples():
        label = f"{row.site_id} {row.platforms} x {row.platform}"
        label = " ".join([label, *(str(getattr(row, name)) for name in when)])[:SHOWN]
        interval = f"{row.simulated_low_d:.1f} - {row.simulated_high_d:.1f}"
        yield (
            f"  {label:<{SHOWN}} {row.starts_per_year:>8.1f} {row.promised_wait_d:>8.1f} "
            f"{_days(row.formula_wait_d):>8} {row.simulated_wait_d:>9.1f} {interval:>13} "
            f"{row.simulated_p90_d:>6.1f}  {row.verdict}"
        )


def _days(value: float) -> str:
    return f"{value:.1f}" if np.isfinite(value) else "no end"


def _conclusion(waits: pd.DataFrame) -> Iterator[str]:
    for verdict, units in waits["verdict"].value_counts().items():
        yield f"  {verdict:<10} {count(units, 'unit')}: {VERDICTS[str(verdict)]}"
