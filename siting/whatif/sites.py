"""Hospitals by id or name, opened or closed by force."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from siting.errors import Problem, StudyError
from siting.whatif.vary import varied

if TYPE_CHECKING:
    import pandas as pd

    from siting.study.study import Study

MOST_SUGGESTED = 5


def find_site(study: Study, asked: str) -> str:
    """Return the id of the hospital that is asked for by its id, its name, or a part of its name that only it has.

    Raises
    ------
    StudyError
        No hospital or several; the message names those that come near.
    """
    hospitals = study.tables["hospitals"]
    ids, names = hospitals["id"].tolist(), dict(zip(hospitals["id"], hospitals["name"].str.lower(), strict=True))
    word = asked.strip().lower()
    for matches in (
        [site for site in ids if site.lower() == word],
        [site for site in ids if names[site] == word],
        [site for site in ids if word and word in names[site]],
    ):
        if len(matches) == 1:
            return str(matches[0])
        if matches:
            raise StudyError([Problem("--site", f"{len(matches)} hospitals are called like {asked!r}",
                                      f"give the id: {_shown(hospitals, matches)}")])  # fmt: skip
    near = get_close_matches(word, [*(site.lower() for site in ids), *names.values()], MOST_SUGGESTED, 0.5)
    place = {text: k for k, text in enumerate(near)}
    rank = {site: min(place.get(site.lower(), len(near)), place.get(names[site], len(near))) for site in ids}
    found = sorted((site for site in ids if rank[site] < len(near)), key=lambda site: rank[site])
    remedy = f"did you mean {_shown(hospitals, found)}?" if found else "siting check lists the hospitals"
    raise StudyError([Problem("--site", f"there is no hospital {asked!r}", remedy)])


def _shown(hospitals: pd.DataFrame, sites: list[str]) -> str:
    rows = hospitals.set_index("id").loc[sites[:MOST_SUGGESTED]]
    more = "" if len(sites) <= MOST_SUGGESTED else f" or {len(sites) - MOST_SUGGESTED:,} more"
    return " or ".join(f"{site} ({name})" for site, name in rows["name"].items()) + more


def forced(study: Study, site: str, *, is_open: bool) -> Study:
    """Return the study with a unit at a hospital in every period, or with none in any.

    Parameters
    ----------
    study : Study
        Stays as it is.
    site : str
        Id of a hospital; one that the study does not let host is allowed to when it is forced open.
    is_open : bool
        Whether it must have a unit.
    """
    rows = study.tables["hospitals"].copy()
    here = rows["id"] == site
    if is_open and not (here & (rows["status"] == "existing")).any():
        rows.loc[here, ["status", "can_host"]] = ["required", True]
    elif is_open:
        rows.loc[here, "may_close"] = False
    else:
        rows.loc[here, "status"] = "banned"
        rows.loc[here, ["existing_mode", "existing_platform", "existing_count"]] = ["", "", 0]
    return varied(study, {"hospitals": rows})
