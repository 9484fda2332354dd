"""The success table: which of its rows speaks of a start, and whether the table is clear about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from siting.study.config import StudyConfig

SELECTORS = ["mode", "platform", "link_class", "product"]
UNIT_LINKS = ["at", "close", "far"]
_REMEDY = "add a row that names all of it, or take one away"


def best_rows(table: pd.DataFrame, starts: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the row of the success table that names most of each start.

    Parameters
    ----------
    table : DataFrame
        The success table; an empty selector fits everything.
    starts : DataFrame
        ``mode, platform, link_class, product`` as ids.

    Returns
    -------
    best : ndarray, shape (starts,)
        Position in the table; -1 where no row fits.
    rival : ndarray, shape (starts,)
        Position of another row that fits as well; -1 where there is none.
    """
    best, rival = np.full(len(starts), -1), np.full(len(starts), -1)
    score = np.full(len(starts), -1)
    for position, row in enumerate(table[SELECTORS].itertuples(index=False)):
        named = [(name, value) for name, value in zip(SELECTORS, row, strict=True) if value != ""]
        fits = np.ones(len(starts), dtype=bool)
        for name, value in named:
            fits &= starts[name].to_numpy() == value
        equal, better = fits & (len(named) == score), fits & (len(named) > score)
        rival[equal] = position
        rival[better] = -1
        best[better], score[better] = position, len(named)
    return best, rival


def check_success(config: StudyConfig, frames: Mapping[str, pd.DataFrame], files: Mapping[str, str]) -> list[Problem]:
    """Return rows of the success table that fit nothing or contradict each other.

    Parameters
    ----------
    config : StudyConfig
        The settings; not asked.
    frames : mapping of table to DataFrame
        Holds ``success``, ``modes``, ``platforms`` and ``products``.
    files : mapping of table to str
        File names for the messages.
    """
    table, where = frames["success"].reset_index(drop=True), files["success"]
    starts = _starts(frames)
    makers = list(starts["platform"].unique())
    problems = [
        Problem(where, f'platform names "{name}": no platform, no central plant', did_you_mean(name, makers))
        for name in table["platform"].unique()
        if name and name not in makers
    ]
    known = np.flatnonzero(table["platform"].isin([*makers, ""])).tolist()
    alone = [row for row in known if best_rows(table.iloc[[row]], starts)[0].max() < 0]
    if alone:
        what = "these rows fit no start: a unit has no central lane and a central plant has no mode"
        problems.append(Problem(where, what, "correct or remove them", tuple(_label(table, row) for row in alone)))
    best, rival = best_rows(table, starts)
    pairs = pd.DataFrame({"best": best, "rival": rival, "start": starts.index})[rival >= 0]
    for (first, second), group in pairs.groupby(["best", "rival"]):
        named = " / ".join(starts.loc[group["start"].iloc[0], SELECTORS])
        rows = (_label(table, int(first)), _label(table, int(second)))
        problems.append(Problem(where, f"two rows name as much of {named}", _REMEDY, rows))
    return problems


def _label(table: pd.DataFrame, row: int) -> str:
    return " / ".join(value or "*" for value in table.loc[row, SELECTORS])


def _starts(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return every combination of mode, platform, lane and product that a study can have."""
    products = frames["products"][["id"]].rename(columns={"id": "product"})
    units = (
        frames["modes"][["id"]].rename(columns={"id": "mode"})
        .merge(frames["platforms"][["id"]].rename(columns={"id": "platform"}), "cross")
        .merge(pd.DataFrame({"link_class": UNIT_LINKS}), "cross")
        .merge(products, "cross")
    )  # fmt: skip
    if "central_plants" not in frames:
        return units
    plants = frames["central_plants"][["id"]].rename(columns={"id": "platform"}).merge(products, "cross")
    return pd.concat([units, plants.assign(mode="", link_class="central")], ignore_index=True)
