"""Limits of study.toml that contradict each other or the hospitals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from siting.study.config import CountLimit, ModeLimit, StudyConfig

_WHERE = "study.toml"


def check_limits(config: StudyConfig, frames: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return the limits that no plan could meet, or that name nothing that exists.

    Parameters
    ----------
    config : StudyConfig
        The settings.
    frames : mapping of table to DataFrame
        Tables that could be read; rules that need another one are not asked.
    """
    limits = config.limits
    named = {
        "limits.sites": limits.sites,
        **{f"limits.modes.{name}": limit for name, limit in limits.modes.items()},
        **{f"limits.regions.{name}": limit for name, limit in limits.regions.items()},
    }
    problems = [
        Problem(_WHERE, f"{key}.min = {limit.min} is above {key}.max = {limit.max}", "no plan can meet both")
        for key, limit in named.items()
        if limit.min is not None and limit.max is not None and limit.min > limit.max
    ]
    problems += _volume_shares(limits.modes)
    problems += _sums("limits.modes", limits.modes, limits.sites)
    problems += _sums("limits.regions", limits.regions, limits.sites)
    if "modes" in frames:
        problems += _names("limits.modes", limits.modes, frames["modes"]["id"])
    if "areas" in frames:
        areas = frames["areas"]
        problems += _names("limits.equity.groups", limits.equity.groups, areas["group"])
        problems += _names("limits.equity.regions", limits.equity.regions, areas["region"])
    if "hospitals" in frames:
        problems += _names("limits.regions", limits.regions, frames["hospitals"]["region"])
        problems += _hosts(config, frames["hospitals"])
    return problems


def _sums(key: str, parts: Mapping[str, CountLimit], whole: CountLimit) -> list[Problem]:
    least = sum(limit.min or 0 for limit in parts.values())
    if whole.max is None or least <= whole.max:
        return []
    return [Problem(_WHERE, f"the minima of {key} add up to {least}, above limits.sites.max = {whole.max}")]


def _volume_shares(modes: Mapping[str, ModeLimit]) -> list[Problem]:
    problems = [
        Problem(
            _WHERE,
            f"limits.modes.{name}.min_volume_share = {limit.min_volume_share:g} is above max_volume_share = "
            f"{limit.max_volume_share:g}",
            "no plan can meet both",
        )
        for name, limit in modes.items()
        if limit.min_volume_share is not None
        and limit.max_volume_share is not None
        and limit.min_volume_share > limit.max_volume_share
    ]
    least = sum(limit.min_volume_share or 0.0 for limit in modes.values())
    if least > 1 + 1e-9:
        what = f"the min_volume_share of limits.modes add up to {least:g}"
        problems.append(Problem(_WHERE, what, "shares of one volume add up to 1 at most"))
    return problems


def _names(key: str, limits: Iterable[str], known: pd.Series) -> list[Problem]:
    words = [word for word in known.dropna().unique() if word]
    return [
        Problem(_WHERE, f'{key}.{name}: there is no "{name}"', did_you_mean(name, words))
        for name in limits
        if name not in words
    ]


def _hosts(config: StudyConfig, hospitals: pd.DataFrame) -> list[Problem]:
    """Compare limits on numbers with the units that must be and those that may be."""
    must = hospitals.status.eq("required") | (hospitals.status.eq("existing") & hospitals.may_close.ne(True))
    may = must | (hospitals.can_host.ne(False) & hospitals.status.ne("banned"))
    existing = hospitals.status.eq("existing") & must
    checks = [("limits.sites", config.limits.sites, must, may)]
    for name, limit in config.limits.regions.items():
        inside = hospitals.region.eq(name)
        checks.append((f"limits.regions.{name}", limit, must & inside, may & inside))
    for name, limit in config.limits.modes.items():
        checks.append((f"limits.modes.{name}", limit, existing & hospitals.existing_mode.eq(name), may))
    problems = []
    for key, limit, needed, possible in checks:
        if limit.max is not None and needed.sum() > limit.max:
            what = f"{key}.max = {limit.max} but {needed.sum()} hospitals must have such a unit"
            problems.append(Problem(_WHERE, what, "raise it, or let them close", tuple(hospitals.id[needed])))
        if limit.min is not None and possible.sum() < limit.min:
            what = f"{key}.min = {limit.min} but only {possible.sum()} hospitals may host"
            problems.append(Problem(_WHERE, what, "lower it, or allow more hosts"))
    return problems
