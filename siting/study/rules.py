"""Rules that tie the tables of a study to each other and to its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.study.capabilities import check_capabilities
from siting.study.columns import TABLES
from siting.study.law import check_law, check_regimes
from siting.study.mode_terms import check_modes
from siting.study.ranges import check_ranges
from siting.study.spelling import did_you_mean, nearest
from siting.study.success import check_success
from siting.study.unit_rules import check_capacities, check_space
from siting.words import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siting.study.config import StudyConfig

    Frames = Mapping[str, pd.DataFrame]


def check_rules(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Return every contradiction between tables and settings.

    Parameters
    ----------
    config : StudyConfig
        The settings.
    frames : mapping of table to DataFrame
        Tables whose columns are all there; others are left out, and rules that need them are not asked.
    files : mapping of table to str
        File names for the messages.
    """
    rules = (
        (_references, ()),
        (_platform_products, ("platforms", "products")),
        (_makers, ("platforms", "products")),
        (_existing_units, ("hospitals", "platforms")),
        (_required_hosts, ("hospitals",)),
        (_site_ids, ("hospitals", "central_plants")),
        (_swapped_places, ("areas", "hospitals")),
        (_trips, ("trips", "areas")),
        (_lanes, ("lanes",)),
        (_probabilities, ("scenarios",)),
        (_plant_costs, ("central_plants",)),
        (check_modes, ("modes", "products")),
        (_batch_vectors, ("central_plants", "products")),
        (check_ranges, ()),
        (check_success, ("success", "modes", "platforms", "products")),
        (check_capabilities, ("platforms", "hospitals")),
        (check_capacities, ("capacities",)),
        (check_space, ("hospitals",)),
        (check_law, ("rules", "areas", "hospitals")),
        (check_regimes, ("regimes", "areas", "hospitals", "modes")),
    )
    problems = []
    for rule, needed in rules:
        if all(name in frames for name in needed):
            problems += rule(config, frames, files)
    return problems


def _references(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Look up every id that a table mentions in the table it refers to; optional ones may be empty."""
    problems = []
    for name, frame in frames.items():
        for column in TABLES[name].columns:
            if not column.refers_to or column.refers_to not in frames:
                continue
            known = frames[column.refers_to]["id"]
            named = pd.Series(frame[column.name].dropna().unique())
            dangling = named[~named.isin(known) & (named != "")]
            if len(dangling):
                what = f"{column.name} names ids that are not in {files[column.refers_to]}"
                remedy = _spellings(dangling, known)
                problems.append(Problem(files[name], what, remedy, tuple(dangling)))
    return problems


def _spellings(dangling: pd.Series, known: pd.Series) -> str:
    """Return the nearest spelling of the first few ids."""
    if len(dangling) == 1 and len(known) < 1000:
        return did_you_mean(dangling.iloc[0], known)
    guesses = {word: nearest(word, known) for word in dangling.head(5)}
    found = ", ".join(f'"{guess}" for "{word}"' for word, guess in guesses.items() if guess)
    return f"did you mean {found}?" if found else "correct them or add the rows"


def _platform_products(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    known = list(frames["products"]["id"].dropna())
    return [
        Problem(files["platforms"], f'products names "{product}", which is no product', did_you_mean(product, known),
                (name,))
        for name, made in frames["platforms"][["id", "products"]].astype(str).to_numpy()
        for product in parts(made)
        if product not in known
    ]  # fmt: skip


def _makers(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    if "central_plants" in frames:
        return []
    made = [parts(text) for text in frames["platforms"]["products"]]
    orphans = [name for name in frames["products"]["id"] if not any(not names or name in names for names in made)]
    if not orphans:
        return []
    what = "no platform makes these products and there is no central plant"
    return [Problem(files["products"], what, "name them in the products of a platform", tuple(orphans))]


def _existing_units(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Ask for mode, platform and number of an existing unit, and for none of the three elsewhere."""
    hospitals, where = frames["hospitals"], files["hospitals"]
    parts = ["existing_mode", "existing_platform", "existing_count"]
    filled = pd.concat([hospitals[part].fillna("").ne(0 if part == "existing_count" else "") for part in parts], axis=1)
    existing = hospitals.status == "existing"
    problems = [
        Problem(where, f"status is existing but {part} is empty", "give mode, platform and number of the unit",
                tuple(hospitals.id[existing & ~filled[part]]))
        for part in parts
        if (existing & ~filled[part]).any()
    ]  # fmt: skip
    stray = ~existing & filled.any(axis=1)
    if stray.any():
        what = "existing_mode, existing_platform or existing_count is given but status is not existing"
        problems.append(Problem(where, what, "set status to existing, or empty them", tuple(hospitals.id[stray])))
    most = hospitals.existing_platform.map(frames["platforms"].drop_duplicates("id").set_index("id")["max_count"])
    over = hospitals.existing_count > most
    if over.any():
        what = "existing_count is above the platform's max_count"
        problems.append(Problem(where, what, "raise max_count in platforms", tuple(hospitals.id[over])))
    return problems


def _required_hosts(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Check that a hospital that must have a unit may host one."""
    hospitals = frames["hospitals"]
    must = hospitals.status.isin(["required", "existing"])
    barred = must & ~hospitals.can_host.fillna(True).astype(bool)
    small = must & (hospitals.status == "required") & ~hospitals.treats_today.fillna(False).astype(bool)
    small &= hospitals.beds < config.study.min_beds
    problems = []
    if barred.any():
        what = "must have a unit (status required or existing) but can_host is false"
        problems.append(Problem(files["hospitals"], what, "change one of the two", tuple(hospitals.id[barred])))
    if small.any():
        what = f"must have a unit (status required) but has fewer beds than study.min_beds = {config.study.min_beds:g}"
        problems.append(Problem(files["hospitals"], what, "change one of the two", tuple(hospitals.id[small])))
    return problems


def _site_ids(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    both = frames["central_plants"]["id"][frames["central_plants"]["id"].isin(frames["hospitals"]["id"])]
    what = "ids that are hospitals too"
    return [Problem(files["central_plants"], what, "give plants ids of their own", tuple(both))] if len(both) else []


def _swapped_places(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Notice hospitals that lie far from all areas, yet among them once lon and lat change places."""
    areas, hospitals = frames["areas"], frames["hospitals"]
    margin = 5.0  # degrees

    def is_inside(lon: pd.Series, lat: pd.Series) -> bool:
        return bool(
            (lon.between(areas.lon.min() - margin, areas.lon.max() + margin)
             & lat.between(areas.lat.min() - margin, areas.lat.max() + margin)).any()
        )  # fmt: skip

    if is_inside(hospitals.lon, hospitals.lat) or not is_inside(hospitals.lat, hospitals.lon):
        return []
    what = f"no hospital is near any area, but they are once lon and lat change places here or in {files['areas']}"
    return [Problem(files["hospitals"], what, "lon is east-west, lat is north-south")]


def _trips(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    if config.limits.allow_unreachable or config.travel.source == "great-circle":
        return []
    areas = frames["areas"]["id"]
    without = areas[~areas.isin(frames["trips"]["area"].unique())]
    if without.empty:
        return []
    remedy = "add their rows, or set limits.allow_unreachable = true"
    what = f"{len(without):,} of {len(areas):,} areas have no trip"
    return [Problem(files["trips"], what, remedy, tuple(without))]


def _lanes(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Check that a lane that is given one way is given the other way too."""
    lanes = frames["lanes"].dropna(subset=["hospital", "site"])
    codes, ids = pd.factorize(pd.concat([lanes["hospital"], lanes["site"]]))
    start, end = codes[: len(lanes)].astype(np.int64), codes[len(lanes) :].astype(np.int64)
    one_way = lanes[~np.isin(end * len(ids) + start, start * len(ids) + end)]
    if one_way.empty:
        return []
    pairs = tuple(one_way["hospital"] + " / " + one_way["site"])
    what = f"{len(pairs):,} lanes are given one way only (hospital / site)"
    return [Problem(files["lanes"], what, "add the way back", pairs)]


def _probabilities(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    total = frames["scenarios"]["probability"].sum()
    if abs(total - 1) <= 1e-6:
        return []
    return [Problem(files["scenarios"], f"the probabilities add up to {total:.6g}", "they must add up to 1")]


def _plant_costs(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Ask for the cost of a start, or for that of a whole batch which it follows from, and not for both."""
    plants, where = frames["central_plants"], files["central_plants"]
    start, batch = plants["making_cost_per_start"].astype(float), plants["batch_cost"].astype(float)
    cases = (
        (start.isna() & batch.isna(), "neither making_cost_per_start nor batch_cost is given", "give one of the two"),
        (start.notna() & batch.notna(), "making_cost_per_start and batch_cost are both given", "empty one of the two"),
        (
            plants["reference_batches_per_year"].notna() & batch.isna(),
            "reference_batches_per_year is given without batch_cost",
            "give batch_cost, or write the fixed part as fixed_cost_per_year",
        ),
    )
    return [Problem(where, what, remedy, tuple(plants["id"][bad])) for bad, what, remedy in cases if bad.any()]


def _batch_vectors(config: StudyConfig, frames: Frames, files: Mapping[str, str]) -> list[Problem]:
    """Check that the variable part of a quoted batch covers the vector it contains."""
    plants, vectors = frames["central_plants"], frames["products"]["vector_cost_per_start"].astype(float)
    short = plants["batch_cost"].astype(float) * (1.0 - plants["fixed_share"].astype(float)) < vectors.max()
    if not short.any():
        return []
    what = f"batch_cost x (1 - fixed_share) is less than the vector it contains ({vectors.max():,.0f})"
    return [Problem(files["central_plants"], what, "check the three figures", tuple(plants["id"][short]))]
