"""People of a unit: how many of each skill, over all shifts, and what they earn.

Full-time people = posts x shifts that fill them x people for one post of one shift, posts = fte_per_unit + n x
fte_per_platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from siting.study.study import Study


def staff_table(study: Study, units: pd.DataFrame) -> pd.DataFrame:
    """Return ``fte`` and ``wages`` (money/year at wage factor 1) of each unit; zero for platforms without staff rows.

    Parameters
    ----------
    study : Study
        Its staff table, if it has one.
    units : DataFrame
        ``platform, platforms``.
    """
    if "staff" not in study.tables:
        return pd.DataFrame({"fte": 0.0, "wages": 0.0}, index=units.index)
    staff = study.tables["staff"]
    shifts = study.tables["platforms"].set_index("id")["shifts_per_day"].astype(float)
    filled = staff["platform"].map(shifts).where(staff["is_every_shift"].astype(bool), 1.0) * staff["shift_factor"]
    people = pd.DataFrame({
        "platform": staff["platform"],
        "fte": staff["fte_per_unit"] * filled, "fte_more": staff["fte_per_platform"] * filled,
        "wages": staff["fte_per_unit"] * filled * staff["wage_per_year"],
        "wages_more": staff["fte_per_platform"] * filled * staff["wage_per_year"],
    }).groupby("platform").sum()  # fmt: skip
    terms = people.reindex(units["platform"], fill_value=0.0).set_axis(units.index)
    return pd.DataFrame(
        {name: terms[name] + units["platforms"] * terms[f"{name}_more"] for name in ("fte", "wages")}
    ).astype(float)
