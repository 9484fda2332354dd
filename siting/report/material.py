"""What the report is written from: the plan, the networks it is held against, and what costly searches found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import SitingError, StudyError
from siting.export.export import ALTERNATIVES, TORNADO
from siting.whatif.baselines import today
from siting.whatif.parameters import parameters_of
from siting.whatif.tornado import span
from siting.whatif.vary import varied

if TYPE_CHECKING:
    from pathlib import Path

    from siting.plan.plan import Plan
    from siting.study.study import Study

BASELINE_SECONDS = 60.0
"""Most time for pricing a network whose units are given; assumption."""
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Baseline:
    """A network that the plan is held against; `plan` is None where there is none, and `why` says why."""

    plan: Plan | None
    why: str = ""


@dataclass(frozen=True)
class Near:
    """What `siting alternatives` wrote: its words, plans and hospitals."""

    words: tuple[str, ...]
    plans: pd.DataFrame
    sites: pd.DataFrame


@dataclass(frozen=True)
class Material:
    """Everything the sections are written from.

    Attributes
    ----------
    plan : Plan
        The plan.
    today : Baseline
        Today's network: existing units, central plants, today's treatment centres.
    central : Baseline
        The same without any unit at a hospital; the same object where no hospital has a unit today.
    near : Near, optional
        Near-optimal plans.
    swings : DataFrame, optional
        Table of the tornado.
    stale : mapping of search to reason
        Folders that were found and belong to another study or plan.
    folder : str
        Output folder as the commands in the report name it.
    """

    plan: Plan
    today: Baseline
    central: Baseline
    near: Near | None
    swings: pd.DataFrame | None
    stale: dict[str, str]
    folder: str


def gather(plan: Plan, folder: Path | None = None, name: str = "OUT") -> Material:
    """Price the baselines and read what costly searches left in the output folder.

    Parameters
    ----------
    plan : Plan
        The plan; without its study nothing can be priced anew.
    folder : Path, optional
        Output folder to look for ``alternatives`` and ``tornado`` in.
    name : str
        What the folder is called in commands, quoted for a shell as needed.
    """
    now, central = baselines(plan.study)
    stale: dict[str, str] = {}
    near = _near(plan, folder / ALTERNATIVES, stale) if folder is not None else None
    swings = _swings(plan, folder / TORNADO, stale) if folder is not None else None
    return Material(plan, now, central, near, swings, stale, name)


def baselines(study: Study | None) -> tuple[Baseline, Baseline]:
    """Return today's network and the central one, priced by the study; no limit of the study holds for either."""
    if study is None:
        nothing = Baseline(None, "the plan was made without its study")
        return nothing, nothing
    now = _priced(study)
    hospitals = study.tables["hospitals"]
    exists = hospitals["status"] == "existing"
    if "central_plants" not in study.tables:
        return now, Baseline(None, "the study has no central plant")
    if not exists.any():
        return now, now
    bare = hospitals.assign(
        status=hospitals["status"].where(~exists, "candidate"), existing_mode="", existing_platform="", existing_count=0
    )
    return now, _priced(varied(study, {"hospitals": bare}))


def _priced(study: Study) -> Baseline:
    try:
        return Baseline(today(study, BASELINE_SECONDS))
    except SitingError as error:
        problems = getattr(error, "problems", getattr(error, "diagnosis", ()))
        return Baseline(None, str(problems[0]) if problems else str(error))


def _near(plan: Plan, folder: Path, stale: dict[str, str]) -> Near | None:
    """Read near-optimal plans, refused unless their hospitals and their bound can be those of the plan."""
    if not (folder / "sites.csv").is_file():
        return None
    try:
        sites = pd.read_csv(folder / "sites.csv", dtype={"site_id": str}, keep_default_na=False)
        plans = pd.read_csv(folder / "plans.csv", dtype={"sites": str}, keep_default_na=False)
        words = (folder / "summary.txt").read_text(encoding="utf-8").splitlines()
        bound = float((plans["cost"] / (1.0 + plans["over_bound"])).iloc[0])
        units = plan.openings.loc[~plan.openings["is_central"].to_numpy(bool), "site_id"]
        ours = set(plan.candidates.loc[~plan.candidates["is_central"].to_numpy(bool), "site_id"])
        fits = set(units) <= set(sites["site_id"]) <= ours and bound <= plan.objective * (1.0 + _ROUNDING)
        sites = sites.assign(is_proven=sites["is_proven"].astype(str) == "True", share=sites["share"].astype(float))
    except (OSError, ValueError, KeyError, IndexError) as error:
        stale[ALTERNATIVES] = f"cannot be read ({error})"
        return None
    if not fits:
        stale[ALTERNATIVES] = "is about other hospitals or other prices than this plan"
        return None
    return Near(tuple(line.strip() for line in words if line.strip()), plans, sites)


def _swings(plan: Plan, folder: Path, stale: dict[str, str]) -> pd.DataFrame | None:
    """Read the table of a tornado, refused unless the values it moved are those of the plan's study."""
    if not (folder / "tornado.csv").is_file() or plan.study is None:
        return None
    try:
        table = pd.read_csv(folder / "tornado.csv", dtype={"low": str, "base": str, "high": str})
        keys = table["parameter"].astype(str).tolist()
        bases = {one.key: span(np.asarray(one.base, dtype=float)) for one in parameters_of(plan.study, keys)}
        fits = all(bases[row.parameter] == row.base for row in table.itertuples())
        table["effect"] = table["effect"].astype(float)
    except (OSError, ValueError, KeyError, StudyError) as error:
        stale[TORNADO] = f"cannot be read ({error})"
        return None
    if not fits:
        stale[TORNADO] = "moved other values than those of this plan's study"
        return None
    return table
