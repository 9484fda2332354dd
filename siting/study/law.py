"""Law in a study: the kinds of rules, the places they speak of, and what a sound table of them looks like.

A rule names places in its ``origin`` and ``destination``: ids separated by ";", ``region:NAME`` for all places of a
region, "*" or nothing for all places. "not " before a word takes places away: ``not region:NJ`` is everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.study.spelling import did_you_mean
from siting.words import parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from siting.study.config import StudyConfig

    Frames = Mapping[str, pd.DataFrame]

EVERYWHERE = "*"
REGION, NOT = "region:", "not "
SITES = "hospitals and central plants"


@dataclass(frozen=True)
class Kind:
    """What the columns of one kind of rule hold.

    Attributes
    ----------
    origin, destination : str
        Table whose places the column names; `SITES` for hospitals and central plants; "" where it must stay empty.
    may : tuple of str
        Further columns that may be filled in.
    must : tuple of str
        Columns that must be.
    """

    origin: str
    destination: str
    may: tuple[str, ...] = ()
    must: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "forbid_trip": Kind("areas", "hospitals", ("product",)),
    "forbid_lane": Kind("hospitals", SITES, ("product", "mode")),
    "same_hospital_only": Kind("hospitals", SITES, ("product", "mode")),
    "same_region_only": Kind("hospitals", SITES, ("product", "mode")),
    "forbid_site": Kind("", "hospitals", ("mode",), ("destination",)),
    "hub": Kind("hospitals", "hospitals", ("mode", "span"), ("origin", "span")),
}
"""The kinds of rules."""


def places(text: str, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which places a text names.

    Parameters
    ----------
    text : str
        As in the head of this file.
    rows : DataFrame
        ``id, region`` of the places.

    Returns
    -------
    ndarray of bool, shape (rows,)
    """
    named = parts(text)
    barred = [word.removeprefix(NOT).strip() for word in named if word.startswith(NOT)]
    meant = [word for word in named if not word.startswith(NOT)]
    return _any(meant or [EVERYWHERE], rows) & ~_any(barred, rows)


def _any(named: list[str], rows: pd.DataFrame) -> NDArray[np.bool_]:
    regions = [word.removeprefix(REGION).strip() for word in named if word.startswith(REGION)]
    found = rows["id"].isin(named) | rows["region"].isin(regions)
    return np.full(len(rows), True) if EVERYWHERE in named else found.to_numpy(bool)


def site_places(frames: Frames) -> pd.DataFrame:
    """Return ``id, region`` of every site: hospitals, then central plants."""
    parts = [frames[name][["id", "region"]] for name in ("hospitals", "central_plants") if name in frames]
    return pd.concat(parts, ignore_index=True)


def check_law(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with the table of rules.

    Parameters
    ----------
    config : StudyConfig
        The settings.
    frames : mapping of table to DataFrame
        ``rules, areas, hospitals``, and ``central_plants`` where there are any.
    files : mapping of table to str
        File names for the messages.
    """
    where = files["rules"]
    sites = site_places(frames)
    ids = {"areas": frames["areas"]["id"], "hospitals": frames["hospitals"]["id"], SITES: sites["id"]}
    regions = [region for region in pd.concat([frames["areas"]["region"], sites["region"]]).unique() if region]
    problems: list[Problem] = []
    for _, rule in frames["rules"].iterrows():
        if rule["kind"] not in KINDS:
            continue
        kind = KINDS[rule["kind"]]
        faults = [*_columns(rule, kind)]
        faults += [
            fault
            for column in ("origin", "destination")
            if getattr(kind, column)
            for fault in _unknown(column, rule[column], (getattr(kind, column), ids[getattr(kind, column)]), regions)
        ]
        problems += [Problem(where, *fault, (str(rule["id"]),)) for fault in faults or _by_kind(rule, frames)]
    return problems


def _columns(rule: pd.Series, kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield columns that a kind needs and that are empty, and columns that mean nothing in it and are filled in."""
    allowed = {*kind.may, *(column for column in ("origin", "destination") if getattr(kind, column))}
    for column in ("origin", "destination", "product", "mode", "span"):
        is_given = bool(pd.notna(rule[column]) and rule[column] not in ("", 0))
        if is_given and column not in allowed:
            yield f"{column} means nothing in a rule of kind {rule['kind']}", "empty it, or choose another kind"
        if not is_given and column in kind.must:
            yield f"{column} is empty in a rule of kind {rule['kind']}", "say what it is about"


def _unknown(column: str, text: str, named: tuple[str, pd.Series], regions: list[str]) -> Iterator[tuple[str, str]]:
    """Yield words that name no place; a region of the study may lack places of the kind a rule speaks of."""
    table, ids = named
    for word in parts(text):
        plain = word.removeprefix(NOT).strip()
        name = plain.removeprefix(REGION).strip()
        if plain == EVERYWHERE:
            continue
        candidates = regions if plain.startswith(REGION) else ids.to_list()
        if name in candidates:
            continue
        if plain in regions:
            yield f'{column} names "{plain}", which is a region', f'write "{REGION}{plain}"'
        else:
            what = "region of the study" if plain.startswith(REGION) else f"id in {table}"
            remedy = did_you_mean(name, candidates) if len(candidates) < 1000 else "correct it or drop the rule"
            yield f'{column} names "{name}", which is no {what}', remedy


def _by_kind(rule: pd.Series, frames: Frames) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a rule whose columns are sound by themselves."""
    hospitals = frames["hospitals"]
    senders = hospitals[places(rule["origin"], hospitals)]
    if rule["kind"] in ("forbid_trip", "forbid_lane") and not (parts(rule["origin"]) or parts(rule["destination"])):
        yield "origin and destination are empty, so it forbids everything", "name places in one of them"
    if rule["kind"] == "same_region_only" and (senders["region"] == "").any():
        without = ", ".join(senders["id"][senders["region"] == ""].head(5))
        yield f"hospitals without a region: {without}", "give them a region, or name others in origin"
    if rule["kind"] == "hub":
        if len(senders) != 1:
            yield f"origin names {len(senders)} hospitals, a hub is one", "write one row for each hub"
        elif not bool(senders["can_host"].iloc[0]) or senders["status"].iloc[0] == "banned":
            yield f"{senders['id'].iloc[0]} is the hub and may not host a unit", "set can_host, or choose another hub"


def check_regimes(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with the table of regimes: unknown regions, regions without a regime, or with two.

    Parameters
    ----------
    config : StudyConfig
        ``regulation.pathway`` says which rows apply.
    frames : mapping of table to DataFrame
        ``regimes, areas, hospitals, modes``.
    files : mapping of table to str
        File names for the messages.
    """
    where, hospitals, regimes = files["regimes"], frames["hospitals"], frames["regimes"]
    known = [region for region in pd.concat([frames["areas"]["region"], hospitals["region"]]).unique() if region]
    problems = [
        Problem(
            where,
            f'regions names "{region}", which is no region of the study',
            did_you_mean(region, known),
            (str(name),),
        )
        for name, text in regimes[["id", "regions"]].to_numpy()
        for region in parts(text)
        if region not in (EVERYWHERE, *known)
    ]
    modes = [*frames["modes"]["id"]]
    problems += [
        Problem(where, f'mode is "{mode}", which is no mode', did_you_mean(mode, [EVERYWHERE, *modes]), (str(name),))
        for name, mode in regimes[["id", "mode"]].to_numpy()
        if mode not in (EVERYWHERE, "", *modes)
    ]
    hosts = hospitals["can_host"].ne(False) & hospitals["status"].ne("banned")
    covered = regime_of(regimes, hospitals["region"][hosts].unique(), modes, config.regulation.pathway)
    bare = [f"{region or 'empty region'} / {mode}" for (region, mode), rows in covered.items() if not rows]
    if bare:
        what = f"no regime covers these regions and modes by {config.regulation.pathway} (regulation.pathway)"
        problems.append(Problem(where, what, 'add rows; regions = "*" covers all others', tuple(bare)))
    for (region, mode), rows in covered.items():
        if len(rows) > 1:
            names = tuple(str(regimes["id"].iloc[row]) for row in rows)
            what = f"two regimes cover {region or 'the empty region'} / {mode}"
            problems.append(Problem(where, what, "a row that names region or mode wins; else keep one", names))
    return problems


def regime_of(
    regimes: pd.DataFrame, regions: Iterable[str], modes: Iterable[str], pathway: str
) -> dict[tuple[str, str], list[int]]:
    """Return the rows of the regime that governs each region and mode: one where the table is sound.

    A row that names the region comes before one for all, then a row that names the mode before one for all.
    """
    applying = [
        (row, parts(text), mode)
        for row, (text, mode, by) in enumerate(regimes[["regions", "mode", "pathway"]].to_numpy())
        if by in ("", pathway)
    ]
    found: dict[tuple[str, str], list[int]] = {}
    for region, mode in product(regions, modes):
        ranks = {
            row: 2 * (region in named) + (its_mode == mode)
            for row, named, its_mode in applying
            if (region in named or not named or EVERYWHERE in named) and its_mode in (mode, "", EVERYWHERE)
        }
        best = max(ranks.values(), default=0)
        found[region, mode] = [row for row, rank in ranks.items() if rank == best]
    return found
