"""What platforms need of hospitals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem
from siting.study.spelling import did_you_mean
from siting.words import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from siting.study.config import StudyConfig


def check_capabilities(
    config: StudyConfig, frames: Mapping[str, pd.DataFrame], files: Mapping[str, str]
) -> list[Problem]:
    """Return the needs of platforms that no hospital meets and that cannot be added.

    Parameters
    ----------
    config : StudyConfig
        The settings; not asked.
    frames : mapping of table to DataFrame
        Holds ``platforms`` and ``hospitals``.
    files : mapping of table to str
        File names for the messages.
    """
    has = {word for text in frames["hospitals"]["capabilities"].unique() for word in parts(text)}
    if "capabilities" in frames:
        table = frames["capabilities"]
        has |= set(table["id"][table["cost_to_add"].notna()])
    return [
        Problem(
            files["platforms"],
            f'needs names "{need}", which no hospital has among its capabilities and no row of capabilities prices',
            did_you_mean(need, has) if has else "fill in capabilities of hospitals",
            (name,),
        )
        for name, text in frames["platforms"][["id", "needs"]].to_numpy()
        for need in parts(text)
        if need not in has
    ]
