"""Choose hospitals for decentralized cell-therapy manufacturing, with a proof of how good the choice is.

>>> import siting
>>> study = siting.read_study("tiny")
>>> plan = siting.optimize(study, gap=0.0)
>>> plan.status
'optimal'
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from siting.errors import InfeasibleError as InfeasibleError
    from siting.errors import NoPlanError as NoPlanError
    from siting.errors import OutputError as OutputError
    from siting.errors import PlanError as PlanError
    from siting.errors import Problem as Problem
    from siting.errors import Repair as Repair
    from siting.errors import SitingError as SitingError
    from siting.errors import SolveError as SolveError
    from siting.errors import StudyError as StudyError
    from siting.errors import TravelError as TravelError
    from siting.export.explore import explore as explore
    from siting.export.export import export as export
    from siting.network.build import build_network as build_network
    from siting.network.network import Network as Network
    from siting.optimize import optimize as optimize
    from siting.plan.plan import Plan as Plan
    from siting.plan.read import read_plan as read_plan
    from siting.report.report import Report as Report
    from siting.report.report import report as report
    from siting.roads.sources import TravelOptions as TravelOptions
    from siting.roads.times import travel_times as travel_times
    from siting.solve import SolveOptions as SolveOptions
    from siting.solve import solve as solve
    from siting.study.fetch import fetch_data as fetch_data
    from siting.study.openings import read_openings as read_openings
    from siting.study.read import read_study as read_study
    from siting.study.study import Study as Study
    from siting.whatif.alternatives import alternatives as alternatives
    from siting.whatif.baselines import kept as kept
    from siting.whatif.baselines import today as today
    from siting.whatif.breakeven import BreakEvenOptions as BreakEvenOptions
    from siting.whatif.breakeven import break_even as break_even
    from siting.whatif.compare import compare as compare
    from siting.whatif.diagnose import diagnose as diagnose
    from siting.whatif.explain import explain as explain
    from siting.whatif.greenfield import greenfield as greenfield
    from siting.whatif.models import compare_models as compare_models
    from siting.whatif.pareto import pareto as pareto
    from siting.whatif.runs import RunOptions as RunOptions
    from siting.whatif.simulate import SimulateOptions as SimulateOptions
    from siting.whatif.simulate import simulate as simulate
    from siting.whatif.sweep import Sweep as Sweep
    from siting.whatif.sweep import SweepOptions as SweepOptions
    from siting.whatif.sweep import sweep as sweep
    from siting.whatif.tornado import tornado as tornado

_HOMES = {
    "BreakEvenOptions": "siting.whatif.breakeven",
    "InfeasibleError": "siting.errors",
    "Network": "siting.network.network",
    "NoPlanError": "siting.errors",
    "OutputError": "siting.errors",
    "Plan": "siting.plan.plan",
    "PlanError": "siting.errors",
    "Problem": "siting.errors",
    "Repair": "siting.errors",
    "Report": "siting.report.report",
    "RunOptions": "siting.whatif.runs",
    "SitingError": "siting.errors",
    "SimulateOptions": "siting.whatif.simulate",
    "SolveError": "siting.errors",
    "SolveOptions": "siting.solve",
    "Study": "siting.study.study",
    "StudyError": "siting.errors",
    "TravelError": "siting.errors",
    "TravelOptions": "siting.roads.sources",
    "Sweep": "siting.whatif.sweep",
    "SweepOptions": "siting.whatif.sweep",
    "alternatives": "siting.whatif.alternatives",
    "break_even": "siting.whatif.breakeven",
    "build_network": "siting.network.build",
    "compare": "siting.whatif.compare",
    "compare_models": "siting.whatif.models",
    "diagnose": "siting.whatif.diagnose",
    "explain": "siting.whatif.explain",
    "explore": "siting.export.explore",
    "export": "siting.export.export",
    "kept": "siting.whatif.baselines",
    "greenfield": "siting.whatif.greenfield",
    "fetch_data": "siting.study.fetch",
    "optimize": "siting.optimize",
    "pareto": "siting.whatif.pareto",
    "read_openings": "siting.study.openings",
    "read_plan": "siting.plan.read",
    "read_study": "siting.study.read",
    "report": "siting.report.report",
    "simulate": "siting.whatif.simulate",
    "solve": "siting.solve",
    "sweep": "siting.whatif.sweep",
    "today": "siting.whatif.baselines",
    "tornado": "siting.whatif.tornado",
    "travel_times": "siting.roads.times",
}

__all__ = [*_HOMES, "__version__"]

try:
    __version__ = version("siting")
except PackageNotFoundError:
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``siting --help`` does not wait for pandas and Pyomo."""
    if name not in _HOMES:
        message = f"module 'siting' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


class _Face(ModuleType):
    """The public names: functions win over the subpackages of the same name (``export``, ``optimize``, ``solve``).

    Python sets a subpackage as an attribute of its parent when it is first imported, which would hide the function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
