"""Law as rows: which trips, lanes and units the rules of a study take away, and which units need a hub or an approval.

A rule that forbids takes rows out of the tables before the model is built. A lane rule that speaks of one mode takes
away that mode's makings on the lane only: such lanes get links of their own (column ``barred``, the modes forbidden).
What was taken away is kept in `Law`, so that messages and reports can name the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.study.law import KINDS, SITES, places, site_places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from siting.study.study import Study

_EMPTY = np.zeros(0, dtype=np.int64)


def _table(*columns: str) -> pd.DataFrame:
    return pd.DataFrame({column: _EMPTY for column in columns})


@dataclass(frozen=True)
class Law:
    """What law and payers forbid or ask for; ``rule`` is a position in ``rules``.

    Attributes
    ----------
    rules : DataFrame
        ``id, kind, mode, span, months, note``: the rules of the study, then its regimes (kind "regime").
    trips : DataFrame
        ``rule, area, hospital, product, minutes``: trips taken away.
    lanes : DataFrame
        ``rule, hospital, site, product, hours``: lanes taken away, for the rule's mode where it names one.
    options : DataFrame
        ``rule, site, configuration``: units taken away.
    hubs : DataFrame
        ``rule, hub, site, configuration``: units that the hub (a site) may have as spokes. A unit named here needs one
        of its hubs.
    approvals : DataFrame
        ``rule, site, configuration, first_period``: units that may not run before a later period.
    """

    rules: pd.DataFrame = field(default_factory=lambda: _table("id", "kind", "mode", "span", "months", "note"))
    trips: pd.DataFrame = field(default_factory=lambda: _table("rule", "area", "hospital", "product", "minutes"))
    lanes: pd.DataFrame = field(default_factory=lambda: _table("rule", "hospital", "site", "product", "hours"))
    options: pd.DataFrame = field(default_factory=lambda: _table("rule", "site", "configuration"))
    hubs: pd.DataFrame = field(default_factory=lambda: _table("rule", "hub", "site", "configuration"))
    approvals: pd.DataFrame = field(default_factory=lambda: _table("rule", "site", "configuration", "first_period"))

    def names(self, rules: NDArray[np.int64]) -> tuple[str, ...]:
        """Return the ids of some rules, each once, in the study's order."""
        return tuple(self.rules["id"].iloc[np.unique(rules)])

    def barring(self, areas: NDArray[np.int64], hospitals: NDArray[np.int64]) -> tuple[str, ...]:
        """Return the ids of rules that take away trips of some areas, or lanes of some hospitals."""
        trips = self.trips.loc[self.trips["area"].isin(areas), "rule"]
        lanes = self.lanes.loc[self.lanes["hospital"].isin(hospitals), "rule"]
        return self.names(np.concatenate((trips, lanes)).astype(np.int64))


def _rules(study: Study, *kinds: str) -> Iterator[tuple[int, pd.Series, NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield position, row, places of origin and of destination of every rule of some kinds."""
    if "rules" not in study.tables:
        return
    rows = {"areas": study.tables["areas"], "hospitals": study.tables["hospitals"], SITES: site_places(study.tables)}
    for number, (_, rule) in enumerate(study.tables["rules"].iterrows()):
        if rule["kind"] in kinds:
            ends = (getattr(KINDS[rule["kind"]], end) for end in ("origin", "destination"))
            origin, destination = (
                places(rule[end], rows[table]) if table else np.zeros(0, dtype=bool)
                for end, table in zip(("origin", "destination"), ends, strict=True)
            )
            yield number, rule, origin, destination


def _of_product(study: Study, rows: pd.DataFrame, product: str) -> NDArray[np.bool_]:
    ids = study.tables["products"]["id"].to_numpy()
    return np.full(len(rows), True) if product == "" else ids[rows["product"]] == product


def barred_rows(rows: pd.DataFrame, masks: list[tuple[int, NDArray[np.bool_]]], columns: list[str]) -> pd.DataFrame:
    """Return the rows taken away by each rule: ``rule``, the columns, and ``row``, the row's position."""
    taken = [(rule, np.flatnonzero(mask)) for rule, mask in masks]
    row = np.concatenate([_EMPTY, *(found for _, found in taken)])
    rule = np.concatenate([_EMPTY, *(np.full(len(found), rule) for rule, found in taken)])
    return rows[columns].iloc[row].reset_index(drop=True).assign(rule=rule, row=row)


def without_rows(rows: pd.DataFrame, gone: pd.Series) -> pd.DataFrame:
    """Return a table without the rows at some positions."""
    if gone.empty:
        return rows
    kept = np.full(len(rows), True)
    kept[gone.to_numpy(np.int64)] = False
    return rows[kept].reset_index(drop=True)


def lawful_trips(study: Study, trips: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the trips that no rule forbids, and those taken away as in `Law.trips`."""
    masks = [
        (
            number,
            origin[trips["area"]] & destination[trips["hospital"]] & _of_product(study, trips, rule["product"]),
        )
        for number, rule, origin, destination in _rules(study, "forbid_trip")
    ]
    barred = barred_rows(trips, masks, ["area", "hospital", "product", "minutes"])
    return without_rows(trips, barred["row"]), barred.drop(columns="row")


def lawful_lanes(
    study: Study, lanes: pd.DataFrame, links: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return lanes and links as the law leaves them, and the lanes taken away as in `Law.lanes`.

    Parameters
    ----------
    study : Study
        Its rules.
    lanes : DataFrame
        ``hospital, site, product, hours, link`` and prices.
    links : DataFrame
        By position.

    Returns
    -------
    lanes : DataFrame
        Without those that are forbidden whatever the mode, with links renumbered.
    links : DataFrame
        The same, split by ``barred``: the modes that may not make what comes this way, separated by ";".
    barred : DataFrame
        What was taken away.
    """
    hospital, site = lanes["hospital"].to_numpy(), lanes["site"].to_numpy()
    sites = site_places(study.tables)["region"].to_numpy()
    apart = {
        "forbid_lane": np.full(len(lanes), True),
        "same_hospital_only": hospital != site,
        "same_region_only": sites[hospital] != sites[site],
    }
    rules = [
        (number, rule["mode"], origin[hospital] & destination[site] & apart[rule["kind"]]
         & _of_product(study, lanes, rule["product"]))
        for number, rule, origin, destination in _rules(study, *apart)
    ]  # fmt: skip
    barred = barred_rows(lanes, [(rule, mask) for rule, _, mask in rules], ["hospital", "site", "product", "hours"])
    if barred.empty:
        return lanes, links.assign(barred=""), barred.drop(columns="row")
    modes = np.full(len(lanes), "", dtype=object)
    for mode in sorted({mode for _, mode, _ in rules if mode}):
        forbidden = np.logical_or.reduce([mask for _, its_mode, mask in rules if its_mode == mode])
        modes[forbidden] += f"{mode};"
    whole = [mask for _, mode, mask in rules if not mode]
    gone = np.logical_or.reduce(whole) if whole else np.zeros(len(lanes), dtype=bool)
    lanes, links = _split_links(lanes[~gone], modes[~gone], links)
    return lanes.reset_index(drop=True), links, barred.drop(columns="row")


def _split_links(
    lanes: pd.DataFrame, modes: NDArray[np.object_], links: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if not (modes != "").any():
        return lanes, links.assign(barred="")
    key = pd.DataFrame({"link": lanes["link"].to_numpy(), "barred": modes})
    pairs = key.drop_duplicates().sort_values(["link", "barred"], ignore_index=True)
    number = pd.MultiIndex.from_frame(pairs).get_indexer(pd.MultiIndex.from_frame(key))
    split = links.iloc[pairs["link"]].reset_index(drop=True).assign(barred=pairs["barred"])
    return lanes.assign(link=number.astype(np.int32)), split


def lawful_profile(profile: pd.DataFrame, links: pd.DataFrame, configurations: pd.DataFrame) -> pd.DataFrame:
    """Return the making profile without modes on links that are barred to them."""
    if (links["barred"] == "").all():
        return profile
    mode = configurations["mode"].to_numpy()[profile["configuration"]]
    barred = [set(modes.split(";")) for modes in links["barred"]]
    kept = [its not in barred[link] for its, link in zip(mode, profile["link"], strict=True)]
    return profile[np.array(kept, dtype=bool)].reset_index(drop=True)


def forbidden_options(
    study: Study, options: pd.DataFrame, configurations: pd.DataFrame
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield the position of every rule about sites and a mask over the options it forbids."""
    site, mode = options["site"].to_numpy(), configurations["mode"].to_numpy()[options["configuration"]]
    plants = len(site_places(study.tables)) - len(study.tables["hospitals"])
    for number, rule, _, destination in _rules(study, "forbid_site"):
        here = np.append(destination, np.zeros(plants, dtype=bool))[site]
        yield number, here & ((mode == rule["mode"]) | (rule["mode"] == ""))


def hub_table(study: Study, options: pd.DataFrame, configurations: pd.DataFrame) -> pd.DataFrame:
    """Return `Law.hubs`: which units need a hub, and which hubs may have them. A hub is nobody's spoke."""
    units = options[["site", "configuration"]].drop_duplicates()
    units = units[units["site"] < len(study.tables["hospitals"])]
    mode = configurations["mode"].to_numpy()[units["configuration"]]
    rules = list(_rules(study, "hub"))
    hubs = {int(np.flatnonzero(origin)[0]) for _, _, origin, _ in rules}
    may = ~units["site"].isin(hubs).to_numpy()
    parts = [
        units[may & destination[units["site"]] & ((mode == rule["mode"]) | (rule["mode"] == ""))].assign(
            rule=number, hub=int(np.flatnonzero(origin)[0])
        )
        for number, rule, origin, destination in rules
    ]
    return pd.concat([Law().hubs, *parts], ignore_index=True).astype(np.int64)
