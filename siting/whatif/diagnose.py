"""Why a study has no plan: the rules in conflict, and what each way out would cost.

The conflict is an irreducible set of rules (`siting.solve.conflict`); the ways out come from the elastic model
(`siting.solve.diagnose`) and from the distances (`siting.network.reach`). Each of them is put into the study, solved
and priced, so that the cheapest is known and none is promised that does not work.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from siting.errors import InfeasibleError, Problem, Repair, StudyError
from siting.network.build import build_network
from siting.optimize import optimize, options_of
from siting.plan.proof import proof
from siting.solve.conflict import Conflict, conflict
from siting.solve.worst_travel import all_served
from siting.whatif.runs import Case, Result, RunOptions, run_all
from siting.words import count, listed, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from siting.plan.plan import Plan
    from siting.study.study import Study

ANY_PLAN = 1e6
"""A gap at which any plan will do."""
LEAVE_THEM = "limits.allow_unreachable"


@dataclass(frozen=True)
class Price:
    """What a way out comes to: cost a year with lost patients priced, patients never served, how good the plan is."""

    cost: float
    unserved: float
    proof: str


def price_of(plan: Plan) -> Price:
    """Return what the diagnosis keeps of a plan."""
    return Price(float(plan.kpis["cost_per_year"]), float(plan.kpis["patients_unmet"]), proof(plan))


@dataclass(frozen=True)
class WayOut:
    """One way to get a plan.

    Attributes
    ----------
    causes : tuple of Problem
        What is in the way; several where only all changes together help.
    settings : dict
        Dotted key = value; empty where the remedy is no setting.
    price : Result or None
        The solve with these settings; None where there is nothing to solve.
    """

    causes: tuple[Problem, ...]
    settings: dict[str, Any]
    price: Result[Price] | None = None


@dataclass(frozen=True)
class Diagnosis:
    """Whether a study has plans, and if not, why.

    Attributes
    ----------
    study : Study
        What was asked.
    is_feasible : bool
        Whether there is a plan; nothing else is known then.
    conflict : Conflict
        Rules that cannot hold together.
    ways_out : tuple of WayOut
        The cheapest first; those without a price last.
    """

    study: Study
    is_feasible: bool
    conflict: Conflict = field(default_factory=lambda: Conflict(()))
    ways_out: tuple[WayOut, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The ways out as problems, priced in words, then the conflict."""
        priced = [
            Problem(cause.where, f"{cause.what}{self._price_words(way)}", cause.remedy, cause.rows)
            for way in self.ways_out
            for cause in way.causes
        ]
        return (*priced, *self._conflict())

    def summary(self) -> str:
        """Return the diagnosis as text."""
        if self.is_feasible:
            return f"{self.study.name}: there are plans that meet all the rules.\n"
        return "\n".join(self._lines()) + "\n"

    def record(self) -> dict[str, Any]:
        """Return the diagnosis as plain values."""
        return {
            "feasible": self.is_feasible,
            "conflict": list(self.conflict.rules),
            "conflict_is_proven": self.conflict.is_proven,
            "areas": list(self.conflict.areas),
            "ways_out": [
                {
                    "causes": [{"where": c.where, "what": c.what, "remedy": c.remedy, "rows": list(c.rows)}
                               for c in way.causes],
                    "settings": way.settings,
                    "cost_per_year": None if way.price is None or way.price.found is None else way.price.found.cost,
                    "failure": "" if way.price is None else way.price.failure,
                }
                for way in self.ways_out
            ],
        }  # fmt: skip

    def _lines(self) -> Iterator[str]:
        yield f"{self.study.name}: no plan meets all the rules."
        for problem in self._conflict():
            yield f"In conflict: {problem.what}."
        yield ""
        yield "Ways out, the cheapest first:" if self.ways_out else "No way out was found by changing one limit."
        for number, way in enumerate(self.ways_out, 1):
            for k, cause in enumerate(way.causes):
                price = self._price_words(way) if k == 0 else ""
                yield f"{f'{number}.' if k == 0 else '':<3} {cause.where}: {cause.what}{price}"
                yield f"    -> {cause.remedy}"
            if way.settings:
                settings = " ".join(f"--set {key}={_toml(value)}" for key, value in way.settings.items())
                yield f"    try: {settings}"

    def _price_words(self, way: WayOut) -> str:
        if way.price is None:
            return ""
        if way.price.found is None:
            if way.price.kind == "no plan":
                return "; no plan with it was found in the time (--time-limit gives more)"
            return f"; with it alone there is still no plan ({way.price.failure})"
        found, currency = way.price.found, self.study.config.study.currency
        unserved = f", {found.unserved:,.1f} patients a year stay unserved" if found.unserved > 0.05 else ""
        return f"; the plan then costs {money(found.cost, currency)} a year{unserved} ({found.proof.lower()})"

    def _conflict(self) -> Iterator[Problem]:
        rules, areas = self.conflict.rules, self.conflict.areas
        if not rules:
            return
        known = self.study.tables["areas"].set_index("id")["name"]
        named = tuple(f"{area} {known.get(area, '')}".strip() for area in areas)
        where = f", for patients of {count(len(named), 'area')}" if named else ""
        sure = "" if self.conflict.is_proven else "; not proven to be the smallest set, the time did not suffice"
        if len(rules) == 1:
            yield Problem("conflict", f"{rules[0]} by itself cannot be kept{where}{sure}", rows=named)
        else:
            what = f"{listed(rules)} cannot hold together, and none of them can be left out of this{where}{sure}"
            yield Problem("conflict", what, rows=named)


def diagnose(study: Study, options: RunOptions | None = None, causes: Iterable[Problem] | None = None) -> Diagnosis:
    """Say why a study has no plan and what each way out would cost.

    Parameters
    ----------
    study : Study
        Any study; one with plans is reported as such.
    options : RunOptions, optional
        Time and gap of each solve, solves side by side.
    causes : iterable of Problem, optional
        ``diagnosis`` of the `siting.InfeasibleError` that was raised, where the study was solved already.

    Returns
    -------
    Diagnosis
        With every way out solved and priced.

    Raises
    ------
    StudyError
        The study contradicts itself in another way than by hospitals out of reach.
    NoPlanError
        The time came before it was known whether there is a plan.
    """
    options = options or RunOptions()
    try:
        network = build_network(study)
    except StudyError as error:
        if not all(isinstance(problem, Repair) for problem in error.problems):
            raise
        rules = [key for problem in error.problems if isinstance(problem, Repair) for key, _ in problem.settings]
        return _priced(study, Conflict((*rules, LEAVE_THEM)), _ways(study, error.problems), options)
    if causes is None:
        try:
            optimize(study, options.time_limit, ANY_PLAN)
        except InfeasibleError as error:
            causes = error.diagnosis
        else:
            return Diagnosis(study, is_feasible=True)
    solving = options_of(study, options.time_limit)
    asked = all_served(network) if solving.objective == "worst_travel" else network
    return _priced(study, conflict(asked, solving), _ways(study, tuple(causes)), options)


def _ways(study: Study, causes: tuple[Problem, ...]) -> list[WayOut]:
    """Return the ways out that causes name: each by itself, joint ones as one."""
    joint = tuple(cause for cause in causes if isinstance(cause, Repair) and cause.is_joint)
    ways = [_way((cause,)) for cause in causes if cause not in joint]
    if joint:
        together = _way(joint)
        extra = {} if study.config.limits.allow_unserved else {"limits.allow_unserved": True}
        ways.append(WayOut(joint, together.settings | extra if together.settings else {}))
    for cause in causes:
        if cause.where == "areas":
            what = f"{count(len(cause.rows), 'area')} without a hospital in reach may stay in the study, unserved"
            ways.append(
                WayOut((Problem(LEAVE_THEM, what, f"set {LEAVE_THEM} = true", cause.rows),), {LEAVE_THEM: True})
            )
    return ways


def _way(causes: tuple[Problem, ...]) -> WayOut:
    settings = {key: value for cause in causes if isinstance(cause, Repair) for key, value in cause.settings}
    return WayOut(causes, settings)


def _priced(study: Study, found: Conflict, ways: list[WayOut], options: RunOptions) -> Diagnosis:
    names: list[tuple[str, ...]] = [(f"way out {k} of {len(ways)}",) for k in range(1, len(ways) + 1)]
    cases: list[Case] = []
    solved: dict[tuple[str, ...], Result[Price]] = {}
    for name, way in zip(names, ways, strict=True):
        if way.settings:
            try:
                cases.append(Case(name, study.replace(way.settings)))
            except StudyError as error:
                solved[name] = Result(name, None, str(error.problems[0]))
    solved |= {result.name: result for result in run_all(cases, options, price_of)}
    priced = [replace(way, price=solved.get(name)) for name, way in zip(names, ways, strict=True)]
    return Diagnosis(study, is_feasible=False, conflict=found, ways_out=tuple(sorted(priced, key=_cost)))


def _toml(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value).lower()


def _cost(way: WayOut) -> float:
    return float("inf") if way.price is None or way.price.found is None else way.price.found.cost
