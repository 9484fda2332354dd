"""Regimes: what the approval of units costs and how long it takes, by region and mode.

The row of `regimes` that governs a unit is the one that names most of (region, mode). Its activation is paid once, as
soon as any unit that it governs opens, and is spread over the study's life as an annuity; a regime that governs a unit
of today is active already and costs its yearly cost only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.errors import Problem
from siting.network.law import Law, barred_rows, forbidden_options, hub_table, without_rows
from siting.network.money import annuity_factor
from siting.network.network import ledger
from siting.study.law import regime_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.study.study import Study

MONTHS = 12.0
COST_NAME = "regimes."
"""What the names of the shared costs of regimes begin with; the regime's id follows."""


def _law_rows(study: Study) -> pd.DataFrame:
    """Return `Law.rules`: the study's rules, then its regimes."""
    columns = ["id", "kind", "mode", "span", "months", "note"]
    parts = []
    if "rules" in study.tables:
        parts.append(study.tables["rules"].assign(months=np.nan)[columns])
    if "regimes" in study.tables:
        regimes = study.tables["regimes"].assign(kind="regime", span=0)
        parts.append(regimes.rename(columns={"activation_months": "months"})[columns])
    return pd.concat(parts, ignore_index=True) if parts else Law().rules


def governing(study: Study, options: pd.DataFrame, configurations: pd.DataFrame) -> NDArray[np.int64]:
    """Return the row of regimes that governs each option; -1 for central plants, and without regimes."""
    if "regimes" not in study.tables:
        return np.full(len(options), -1)
    regions, rows = study.tables["hospitals"]["region"].to_list(), _rows(study)
    mode = configurations["mode"].to_numpy()[options["configuration"]]
    governed = [
        rows.get((regions[site], by), -1) if site < len(regions) else -1
        for site, by in zip(options["site"], mode, strict=True)
    ]
    return np.array(governed, dtype=np.int64)


def _rows(study: Study) -> dict[tuple[str, str], int]:
    tables = study.tables
    pathway = study.config.regulation.pathway
    found = regime_of(tables["regimes"], tables["hospitals"]["region"].unique(), tables["modes"]["id"], pathway)
    return {key: rows[0] for key, rows in found.items() if rows}


def _active(study: Study) -> NDArray[np.bool_]:
    """Say which regimes govern a unit that exists today."""
    hospitals = study.tables["hospitals"]
    existing = hospitals[hospitals["status"] == "existing"]
    rows = _rows(study)
    active = np.zeros(len(study.tables["regimes"]), dtype=bool)
    for pair in zip(existing["region"], existing["existing_mode"], strict=True):
        active[rows[pair]] = True
    return active


def first_periods(study: Study) -> NDArray[np.int64]:
    """Return, by regime, the first period that begins after its months; the number of periods where none does.

    Within a single period, months are shown and nothing else: the period is a steady year.
    """
    regimes, periods = study.tables["regimes"], study.tables.get("periods")
    if periods is None or len(periods) == 1:
        return np.zeros(len(regimes), dtype=np.int64)
    begins = MONTHS * np.append(0.0, np.cumsum(periods["years"].to_numpy(float))[:-1])
    months = np.where(_active(study), 0.0, regimes["activation_months"].to_numpy(float))
    return np.searchsorted(begins, months - 1e-9)


def _unapproved(study: Study, regime: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Yield the position in `Law.rules` of regimes that never allow a unit, and a mask over the options concerned."""
    if "regimes" not in study.tables:
        return
    first_rule = len(study.tables.get("rules", ()))
    periods = len(study.tables.get("periods", (None,)))
    never = ~study.tables["regimes"]["is_allowed"].to_numpy(bool) | (first_periods(study) >= periods)
    for row in np.flatnonzero(never):
        yield first_rule + int(row), regime == row


def lawful_options(
    study: Study, options: pd.DataFrame, configurations: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the options that no rule and no regime forbids, and those taken away as in `Law.options`."""
    regime = governing(study, options, configurations)
    masks = [*forbidden_options(study, options, configurations), *_unapproved(study, regime)]
    barred = barred_rows(options, masks, ["site", "configuration"])
    kept = without_rows(options, barred["row"])
    return kept, barred.drop(columns="row").drop_duplicates(ignore_index=True)


def law_of(study: Study, units: pd.DataFrame, configurations: pd.DataFrame, **barred: pd.DataFrame) -> Law:
    """Return the law of a network.

    Parameters
    ----------
    study : Study
        Its rules and regimes.
    units, configurations : DataFrame
        The options that are left, and their configurations.
    **barred : DataFrame
        ``trips``, ``lanes`` and ``options`` that were taken away.
    """
    return Law(
        rules=_law_rows(study),
        hubs=hub_table(study, units, configurations),
        approvals=_approvals(study, units, governing(study, units, configurations)),
        **barred,
    )


def _approvals(study: Study, options: pd.DataFrame, regime: NDArray[np.int64]) -> pd.DataFrame:
    """Return `Law.approvals`: the units that have to wait for a later period."""
    if "regimes" not in study.tables:
        return Law().approvals
    first = np.append(first_periods(study), 0)[regime]
    rows = options[["site", "configuration"]].assign(
        rule=len(study.tables.get("rules", ())) + regime, first_period=first
    )
    return rows[first > 0].drop_duplicates(ignore_index=True)[list(Law().approvals)]


def shared_tables(
    study: Study, options: pd.DataFrame, configurations: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `Network.shared_costs` and `Network.shared_members`: headquarters, then a cost for each regime with units.

    A member of a regime names its mode, unless one regime governs every mode of the site.
    """
    sites = np.unique(options["site"][options["site"] < len(study.tables["hospitals"])])
    headquarters = pd.DataFrame(
        {"name": ["headquarters"], "headquarters:manufacturer": [study.config.costs.headquarters_per_year]}
    )
    members = pd.DataFrame({"shared_cost": 0, "site": sites, "mode": ""})
    if "regimes" not in study.tables:
        return headquarters, members
    costs, covered = _regime_costs(study, options, configurations)
    shared = pd.concat([headquarters, costs], ignore_index=True)
    names = ledger(shared)
    shared[names] = shared[names].fillna(0.0)
    covered["shared_cost"] += 1
    return shared, pd.concat([members, covered], ignore_index=True)


def _regime_costs(
    study: Study, options: pd.DataFrame, configurations: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    regime = governing(study, options, configurations)
    units = options[["site"]].assign(regime=regime, mode=configurations["mode"].to_numpy()[options["configuration"]])
    units = units[regime >= 0].drop_duplicates()
    single = units.groupby("site")["regime"].transform("nunique") == 1
    members = units.assign(mode=units["mode"].where(~single, "")).drop_duplicates()
    used = np.unique(members["regime"])
    rows, costs = study.tables["regimes"].iloc[used], study.config.costs
    once = np.where(_active(study)[used], 0.0, rows["activation_cost"].to_numpy(float))
    yearly = once * annuity_factor(costs.discount_rate, costs.life_years) + rows["yearly_cost"].to_numpy(float)
    shared = pd.DataFrame({"name": (COST_NAME + rows["id"]).to_numpy(), "regime:manufacturer": yearly})
    members = members.assign(shared_cost=np.searchsorted(used, members["regime"]))
    return shared, members[["shared_cost", "site", "mode"]].reset_index(drop=True)


def units_that_cannot_be(network: Network) -> list[Problem]:
    """Report sites that must have a unit from the start and may have none: no room, forbidden, or not yet approved."""
    options, law = network.options, network.law
    must = network.must_open()
    later = pd.MultiIndex.from_frame(law.approvals[["site", "configuration"]])
    is_late = pd.MultiIndex.from_frame(options[["site", "configuration"]]).isin(later)
    forbidden, have, soon = set(law.options["site"]), set(options["site"]), set(options["site"][~is_late])
    barring, waiting = (table["rule"][table["site"].isin(must)].to_numpy() for table in (law.options, law.approvals))
    cases = (
        ("no unit fits their floor space and clean room", "change the status, space_m2 or cleanroom_grade",
         [j for j in must if j not in have and j not in forbidden]),
        (f"these rules leave them none that fits: {', '.join(law.names(barring))}", "change the status or the rules",
         [j for j in must if j not in have and j in forbidden]),
        (f"these regimes approve none before the first period begins: {', '.join(law.names(waiting))}",
         "set the status to candidate, or shorten activation_months", [j for j in must if j in have and j not in soon]),
    )  # fmt: skip
    return [
        Problem("hospitals", f"must have a unit (status required or existing) but {what}", remedy,
                tuple(network.ids.sites[j] for j in rows))
        for what, remedy, rows in cases if rows
    ]  # fmt: skip
