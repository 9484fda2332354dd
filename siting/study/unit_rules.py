"""Rules on what units can do and where they stand: capacities, service classes, floor space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from siting.study.config import StudyConfig

    Frames = Mapping[str, pd.DataFrame]


def check_capacities(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Return rows of the capacity table that promise less than a smaller unit, or name a class of no table.

    Parameters
    ----------
    config : StudyConfig
        The settings; not asked.
    frames : mapping of table to DataFrame
        Holds ``capacities``.
    files : mapping of table to str
        File names for the messages.
    """
    rows, where = frames["capacities"].sort_values(["platform", "service_class", "count"]), files["capacities"]
    names = rows["platform"] + " / " + rows["count"].astype(str)
    falls = rows.groupby(["platform", "service_class"])["starts_per_year"].diff() < 0
    problems = []
    if falls.any():
        what = "starts_per_year decreases: a unit with more platforms promises less than one with fewer"
        problems.append(Problem(where, what, "it may only grow with count", tuple(names[falls])))
    stray = rows["service_class"] != ""
    if stray.any() and "service_classes" not in frames:
        what = "service_class is given but the study has no service_classes table"
        problems.append(Problem(where, what, "add the table, or empty the column", tuple(names[stray])))
    return problems


def check_space(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Return the hospitals whose floor space is both rented and bought; parameters as in `check_capacities`."""
    hospitals = frames["hospitals"]
    both = hospitals["purchase_per_m2"].notna() & (hospitals["rent_per_m2"] > 0)
    if not both.any():
        return []
    what = "rent_per_m2 and purchase_per_m2 are both given"
    return [Problem(files["hospitals"], what, "space is rented or bought: empty one", tuple(hospitals["id"][both]))]
