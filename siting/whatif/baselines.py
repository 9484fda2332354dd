"""Baselines: today's network and a plan's units, each priced by the same model as the plans they are held against.

*Today*: the units with status ``existing`` run as they are, central plants stand, no hospital opens a unit or starts to
treat. What the study asks of a plan (``limits``, least volumes, hosts' break-even) is not asked of today's network: it
is there whether it keeps these rules or not.

*Keep*: the units of a plan stay as they are, and patients and cells find their best way under other data. All rules of
the other data's study hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.errors import Problem, StudyError
from siting.optimize import optimize
from siting.plan.plan import Plan
from siting.plan.read import RUN_FILE, read_plan
from siting.study.openings import read_openings
from siting.whatif.runs import decisions_of
from siting.whatif.vary import varied

if TYPE_CHECKING:
    from siting.study.openings import Decisions
    from siting.study.study import Study

_NO_RULES: dict[str, Any] = {"limits": {}, "limits.allow_unserved": True, "limits.allow_unreachable": True}
"""Settings that ask nothing of a plan; every limit is at its default."""
TODAY = "today"


def today(study: Study, time_limit: float | None = None) -> Plan:
    """Price today's network: existing units as they are, central plants, today's treatment centres, nothing else.

    Parameters
    ----------
    study : Study
        Its data and prices hold; its limits do not.
    time_limit : float, optional
        Seconds; the study's by default.

    Returns
    -------
    Plan
        Patients and cells find their best way through today's network.

    Raises
    ------
    StudyError
        Today nobody can make a product, or the study contradicts itself.
    """
    hospitals = study.tables["hospitals"]
    exists = hospitals["status"] == "existing"
    kinds = hospitals["status"].where(exists, "banned")
    becomes = hospitals["becomes_centre"] & exists
    tables = {"hospitals": hospitals.assign(status=kinds, may_close=False, becomes_centre=becomes)}
    if "central_plants" in study.tables:
        tables["central_plants"] = study.tables["central_plants"].assign(may_close=False)
    modes = study.tables["modes"].assign(min_starts_per_year=0.0, host_must_break_even=False)
    changes = _NO_RULES | {"objective.kind": "total_cost"}
    closed = varied(study, tables | {"modes": modes}, changes)
    return optimize(closed, time_limit, decisions=_existing(closed))


def _existing(study: Study) -> Decisions:
    """Return today's units as decisions for every hospital, in the first service class and use of the study."""
    rows = study.tables["hospitals"]
    periods = tuple(study.tables["periods"]["id"]) if "periods" in study.tables else ("base",)
    further = [
        str(study.tables[table]["id"].iloc[0])
        for table in ("service_classes", "uses")
        if len(study.tables.get(table, ())) > 1
    ]
    decisions: Decisions = {}
    for row in rows.itertuples():
        unit = None
        if row.status == "existing":
            unit = ("/".join([row.existing_mode, row.existing_platform, *further]), int(row.existing_count))
        decisions |= {(row.id, period): unit for period in periods}
    return decisions


def kept(design: Plan | str | Path, study: Study, time_limit: float | None = None, gap: float | None = None) -> Plan:
    """Keep a design under other data: the units of a plan, with patients, cells and prices of a study.

    Parameters
    ----------
    design : Plan, str or Path
        A plan, an output folder, or a table of units as `siting.read_openings` reads it.
    study : Study
        The data that the units meet.
    time_limit, gap : float, optional
        Of the solve; the study's by default.

    Returns
    -------
    Plan
        Exactly these units; only flows are chosen. Hospitals that the design does not know stay without a unit.

    Raises
    ------
    StudyError
        A unit that the study does not allow at its hospital, or hospitals, modes or platforms that it does not have.
    InfeasibleError
        These units cannot keep the study's rules.
    """
    if not isinstance(design, Plan) and not (Path(design) / RUN_FILE).is_file():
        return optimize(study, time_limit, gap, decisions=read_openings(study, Path(design)))
    plan = design if isinstance(design, Plan) else read_plan(design)
    decisions = decisions_of(plan)
    problems = _strangers(decisions, study)
    if problems:
        raise StudyError(problems)
    known = set(study.tables["hospitals"]["id"])
    periods = {period for _, period in decisions}
    nothing: Decisions = {(site, period): None for site in known for period in periods}
    return optimize(study, time_limit, gap, decisions=nothing | {k: v for k, v in decisions.items() if k[0] in known})


def _strangers(decisions: Decisions, study: Study) -> list[Problem]:
    """Return units at hospitals, and periods, that a study does not have."""
    known = set(study.tables["hospitals"]["id"])
    strange = tuple(dict.fromkeys(site for (site, _), unit in decisions.items() if unit and site not in known))
    problems = []
    if strange:
        what = f"{study.name} does not have the hospitals of these units"
        problems.append(Problem("keep", what, "compare plans of one list of hospitals", strange))
    mine = tuple(study.tables["periods"]["id"]) if "periods" in study.tables else ("base",)
    theirs = tuple(dict.fromkeys(period for _, period in decisions))
    if set(mine) != set(theirs):
        what = f"the units are those of the periods {', '.join(theirs)}, the data have {', '.join(mine)}"
        problems.append(Problem("keep", what, "keep a design of the same periods"))
    return problems
