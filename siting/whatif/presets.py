"""Operating models as overrides of one study: the same demand, prices and treatment centres, other makers.

=================  ============================================================================================
``centralized-1``  the study's central plants make everything; no unit at any hospital
``centralized-2``  a few large automated plants of the manufacturer at hospitals' places: as few as the largest
                   unit's capacity allows, cells go any distance; they treat nobody
``point-of-care``  units make for their own hospital only
``close-to``       units make for hospitals within the study's courier limits
``hybrid``         units and central plants together, within the study's limits
=================  ============================================================================================

The names of the first two are those of the ZS white paper. Its figure with their contents is not at hand, so the
contents above are an assumption.

Each model is asked from two starting points. *Greenfield*: nothing is built; a central plant's fixed part is paid only
where the plan uses the plant, and no hospital has a unit. *Brownfield*: the central plants stand; their fixed part is
paid by every plan whether they make anything or not, so the difference between two models is what switching is worth.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from siting.errors import Problem, StudyError
from siting.network.build import build_network
from siting.whatif.vary import varied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from siting.study.study import Study

GREENFIELD, BROWNFIELD = "greenfield", "brownfield"
STARTING_POINTS = (GREENFIELD, BROWNFIELD)
REFERENCE = "centralized-1"
"""The model that the others are compared with."""
_NO_COUNTS: dict[str, Any] = {
    "limits.sites": {}, "limits.modes": {}, "limits.regions": {}, "limits.min_starts": None,
    "limits.allow_unserved": True, "limits.allow_unreachable": True,
}  # fmt: skip
"""Rules on numbers of units say nothing about models that have none or a given number."""
_REACH = {"limits.allow_unserved": True, "limits.allow_unreachable": True}
"""A model that cannot reach everybody loses patients, at their price; it does not fail."""


def greenfield(study: Study, batches: Mapping[str, float]) -> Study:
    """Return the study with nothing built.

    Parameters
    ----------
    study : Study
        As given.
    batches : mapping of plant to starts a year
        What the plants make in `REFERENCE`. A plant that is quoted without reference batches is built for all of
        them.
    """
    changes = {"hospitals": _without_units(study.tables["hospitals"])}
    if "central_plants" in study.tables:
        plants = study.tables["central_plants"]
        changes["central_plants"] = _quoted(plants, dict.fromkeys(plants["id"], sum(batches.values()))).assign(
            may_close=True
        )
    return varied(study, changes)


def brownfield(study: Study, batches: Mapping[str, float]) -> Study:
    """Return the study with its central plants standing, for good.

    Parameters
    ----------
    study : Study
        As given.
    batches : mapping of plant to starts a year
        What the plants make in `REFERENCE`; the reference batches of plants that are quoted without.
    """
    if "central_plants" not in study.tables:
        return varied(study, {})
    return varied(study, {"central_plants": _quoted(study.tables["central_plants"], batches).assign(may_close=False)})


def _quoted(plants: pd.DataFrame, batches: Mapping[str, float]) -> pd.DataFrame:
    given = plants["reference_batches_per_year"].astype(float)
    filled = given.fillna(plants["id"].map(batches).astype(float)).where(plants["batch_cost"].notna())
    return plants.assign(reference_batches_per_year=filled)


def _without_units(hospitals: pd.DataFrame) -> pd.DataFrame:
    status = hospitals["status"].where(hospitals["status"] != "existing", "candidate")
    return hospitals.assign(status=status, existing_mode="", existing_platform="", existing_count=0)


def _centralized_1(study: Study) -> Study:
    if "central_plants" not in study.tables:
        raise StudyError([Problem("central_plants", "the study has no central plant", "add the table central_plants")])
    hospitals = _without_units(study.tables["hospitals"]).assign(status="candidate", can_host=False)
    return varied(study, {"hospitals": hospitals}, _NO_COUNTS)


def _centralized_2(study: Study) -> Study:
    modes = study.tables["modes"]
    own = modes[(modes["capex_host_share"] == 0) & (modes["opex_host_share"] == 0)]
    if own.empty:
        what = "no mode is paid by the manufacturer alone, so nobody can run plants of its own"
        raise StudyError([Problem("modes", what, "add a mode with host shares of 0")])
    others = {name: {"max": 0} for name in modes["id"] if name not in set(own["id"])}
    hospitals = _without_units(study.tables["hospitals"])
    status = hospitals["status"].where(hospitals["status"] == "banned", "candidate")
    anywhere = varied(
        study,
        {"hospitals": hospitals.assign(status=status, becomes_centre=False), **_idle(study)},
        {**_NO_COUNTS, "limits.modes": others, "courier.max_distance": None, "courier.max_h": None},
    )
    return anywhere.replace({"limits.sites.max": _plants_needed(anywhere)})


def _plants_needed(study: Study) -> int:
    """Return how few of the largest units could make all batches, were every patient to come."""
    network = build_network(study)
    is_unit = ~network.sites["is_central"].to_numpy(bool)[network.options["site"]]
    capacity = network.options.loc[is_unit, "capacity"]
    patients = network.demands.groupby("slice")["patients"].sum().max()
    return max(1, math.ceil(patients * network.makings["slots"].max() / capacity.max() - 1e-9))


def _point_of_care(study: Study) -> Study:
    return varied(study, _idle(study), {**_REACH, "courier.max_distance": 0.0})


def _close_to(study: Study) -> Study:
    return varied(study, _idle(study), _REACH)


def _hybrid(study: Study) -> Study:
    return study


def _idle(study: Study) -> dict[str, pd.DataFrame]:
    """Return the plants without capacity: where they stand for good they are paid and make nothing."""
    if "central_plants" not in study.tables:
        return {}
    return {"central_plants": study.tables["central_plants"].assign(capacity_starts_per_year=0.0)}


MODELS: dict[str, Callable[[Study], Study]] = {
    REFERENCE: _centralized_1,
    "centralized-2": _centralized_2,
    "point-of-care": _point_of_care,
    "close-to": _close_to,
    "hybrid": _hybrid,
}
"""Overrides of a study by the name of the operating model."""
START: dict[str, Callable[[Study, Mapping[str, float]], Study]] = {GREENFIELD: greenfield, BROWNFIELD: brownfield}
"""Overrides of a study by starting point."""
