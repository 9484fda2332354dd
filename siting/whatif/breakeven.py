"""Break-even by site: from how many batches a year one mode beats another, and at what fee the host walks away.

For every whole number of batches q that a unit at the site could make, each mode runs its cheapest unit that makes them
(capacity, least volume and, where the mode asks for it, the host's break-even kept):

    cost of a mode     min_n  options[n] + q makings (+ milestone where q reaches it)          weighted by a perspective
    host's surplus     max_n  earned - (1 + margin) paid, over options[n] + q makings (+ milestone)
    walk-away fee      fee_per_start - surplus / (q starts of a patient), at least 0

A batch is a patient collected, restarts priced in; products mix as patients need them; cells travel the shortest way
that reaches the site, none where it treats itself. All amounts are the network's ledger columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.errors import Problem, StudyError
from siting.network.build import build_network
from siting.network.hosts import host_books
from siting.study.config import PERSPECTIVES
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.plan.plan import Plan
    from siting.study.study import Study

    Floats = NDArray[np.float64]

TOLERANCE = 1e-9
"""Relative; of two modes that cost the same neither beats the other."""


@dataclass(frozen=True)
class BreakEvenOptions:
    """What to compare.

    Attributes
    ----------
    mode, against : str
        Modes: from how many batches does the first beat the second, at whose host's walk-away fee?
    perspective : str
        Whose money decides: a key of `siting.study.config.PERSPECTIVES`. It is the manufacturer who chooses a mode.
    batches : float or None
        Volume at which the walk-away fee is read; by default that of the plan's unit, else where the host asks least.
    """

    mode: str = "owned"
    against: str = "franchise"
    perspective: str = "manufacturer"
    batches: float | None = None


@dataclass(frozen=True)
class Curves:
    """One site by number of batches a year (1, 2, ...).

    Attributes
    ----------
    batches : ndarray of int
        The volumes.
    cost, other : ndarray
        Cost a year of the two modes; inf where no unit of the mode can make the volume.
    fee : ndarray
        Least fee per start at which the other mode's host stays; NaN where no unit can make the volume.
    surplus : ndarray
        What the other mode's host has left; -inf where no unit can make the volume.
    """

    batches: NDArray[np.int64]
    cost: Floats
    other: Floats
    fee: Floats
    surplus: Floats


@dataclass(frozen=True)
class BreakEven:
    """Break-even of every site asked for.

    Attributes
    ----------
    name, currency : str
        Of the study.
    question : BreakEvenOptions
        What was compared.
    fee_per_start : float
        Fee of the second mode today.
    table : DataFrame
        ``site_id, name, region, cheaper_from_batches`` (first volume at which the mode is cheaper),
        ``cheaper_always_from_batches`` (from here it stays cheaper up to ``most_batches``), ``host_from_batches``
        (first volume at which the other mode's host breaks even), ``at_batches`` and ``walk_away_fee`` at that volume,
        ``most_batches``; empty where it never happens.
    curves : tuple of Curves
        By row of the table.
    """

    name: str
    currency: str
    question: BreakEvenOptions
    fee_per_start: float
    table: pd.DataFrame
    curves: tuple[Curves, ...]

    def record(self) -> dict[str, Any]:
        """Return all of it but the curves for JSON."""
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        return {
            "name": self.name, "mode": self.question.mode, "against": self.question.against,
            "perspective": self.question.perspective, "fee_per_start": self.fee_per_start, "currency": self.currency,
            "sites": rows,
        }  # fmt: skip


def break_even(
    source: Study | Plan, question: BreakEvenOptions | None = None, sites: Sequence[str] | None = None
) -> BreakEven:
    """Compare two modes at sites that may host.

    Parameters
    ----------
    source : Study or Plan
        A plan is asked about the volumes of its units in the last period.
    question : BreakEvenOptions, optional
        Modes and perspective.
    sites : sequence of str, optional
        Site ids; by default the plan's units, or every hospital that may host.

    Returns
    -------
    BreakEven
        One row for each site.

    Raises
    ------
    StudyError
        Unknown modes or sites, or a plan without its study.
    """
    question = question or BreakEvenOptions()
    study, planned = _source(source)
    _check(study, question, sites)
    network = build_network(study, {}).replace(weights=PERSPECTIVES[question.perspective])
    hosts = set(network.options["site"][network.options["site"] < len(network.ids.hospitals)])
    wanted = list(sites or planned) or [network.ids.sites[j] for j in sorted(hosts)]
    positions = [network.ids.sites.index(site) for site in wanted]
    barred = [network.ids.sites[j] for j in positions if j not in hosts]
    if barred:
        raise StudyError([Problem("sites", "cannot host a unit in this study", "ask for others", tuple(barred))])
    terms = study.tables["modes"].set_index("id").loc[question.against]
    found = _all_curves(network, positions, question, terms)
    volumes = dict.fromkeys(wanted, question.batches) if question.batches is not None else planned
    rows = [_row(curves, volumes.get(site)) for site, curves in zip(wanted, found, strict=True)]
    named = network.sites[["name", "region"]].iloc[positions].reset_index(drop=True)
    table = pd.concat([pd.DataFrame({"site_id": wanted}), named, pd.DataFrame(rows)], axis=1)
    return BreakEven(study.name, network.currency, question, float(terms["fee_per_start"]), table, tuple(found))


def _source(source: Study | Plan) -> tuple[Study, dict[str, float]]:
    """Return the study and, for a plan, the patients made by each unit of its last period."""
    from siting.plan.plan import Plan

    if not isinstance(source, Plan):
        return source, {}
    if source.study is None:
        raise StudyError([Problem("plan", "has no study to price other modes with", "read it from an output folder")])
    units = source.openings[~source.openings["is_central"]]
    units = units[units["period"] == source.network.ids.periods[-1]]
    return source.study, dict(zip(units["site_id"], units["patients_made"], strict=True))


def _check(study: Study, question: BreakEvenOptions, sites: Sequence[str] | None) -> None:
    asked = (
        ("modes", (question.mode, question.against), list(study.tables["modes"]["id"])),
        ("perspective", (question.perspective,), list(PERSPECTIVES)),
        ("sites", sites or (), list(study.tables["hospitals"]["id"])),
    )
    problems = [
        Problem(where, f'there is no "{name}"', did_you_mean(name, known))
        for where, names, known in asked
        for name in names
        if name not in known
    ]
    if problems:
        raise StudyError(problems)


@dataclass(frozen=True)
class _Units:
    """The units that a mode could run at one site: one entry for each option, with what one batch does in it."""

    cost: Floats
    surplus: Floats
    capacity: Floats
    least: Floats
    batch_cost: Floats
    batch_surplus: Floats
    slots: Floats
    starts: Floats
    target: Floats
    payment_cost: Floats
    payment_surplus: Floats

    def key(self) -> bytes:
        """Return what tells these units from others, so that sites that are alike are worked out once."""
        return b"".join(column.tobytes() for column in vars(self).values())

    def over(self, batches: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return cost and host's surplus by (option, volume); inf and -inf where the option cannot make the volume."""
        q = batches[None, :]
        used = self.slots[:, None] * q
        can = (used <= self.capacity[:, None] * (1 + TOLERANCE)) & (used >= self.least[:, None] * (1 - TOLERANCE))
        paid = self.starts[:, None] * q >= self.target[:, None] * (1 - TOLERANCE)
        cost = self.cost[:, None] + q * self.batch_cost[:, None] + paid * self.payment_cost[:, None]
        surplus = self.surplus[:, None] + q * self.batch_surplus[:, None] + paid * self.payment_surplus[:, None]
        return np.where(can, cost, np.inf), np.where(can, surplus, -np.inf)


def _all_curves(network: Network, sites: list[int], question: BreakEvenOptions, terms: pd.Series) -> list[Curves]:
    known: dict[bytes, Curves] = {}
    batches = _batches(network)
    found = []
    for site in sites:
        one, other = (_units(network, batches, site, mode) for mode in (question.mode, question.against))
        key = one.key() + b"|" + other.key()
        if key not in known:
            asks = [mode in network.limits.host_margins for mode in (question.mode, question.against)]
            known[key] = _curves(one, other, asks, float(terms["fee_per_start"]))
        found.append(known[key])
    return found


def _batches(network: Network) -> pd.DataFrame:
    """Return by (site, configuration) what a mean batch does: columns of makings, weighted by patients of each product.

    Cells come the shortest way that reaches the site.
    """
    demands, weight = network.demands, network.slices["weight"].to_numpy(float)
    need = np.bincount(
        demands["product"], demands["patients"] * weight[demands["slice"]], minlength=len(network.ids.products)
    )
    hours = network.links["hours"].to_numpy(float) - (network.links["link_class"] == "at").to_numpy()
    rows, makings = pd.DataFrame(index=network.makings.index), network.makings
    earned, paid = host_books(makings)
    rows[["site", "configuration", "product", "slots", "starts"]] = makings[
        ["site", "configuration", "product", "slots", "starts"]
    ]
    rows["hours"], rows["need"] = hours[makings["link"]], need[makings["product"]]
    rows["cost"], rows["earned"], rows["paid"] = network.cost("makings"), earned, paid
    unit = ["site", "configuration"]
    rows = rows.sort_values("hours", kind="stable").drop_duplicates([*unit, "product"])
    rows = rows[rows["need"] > 0]
    measures = ["slots", "starts", "cost", "earned", "paid"]
    rows[measures] = rows[measures].mul(rows["need"], axis=0)
    sums = rows.groupby(unit)[[*measures, "need"]].sum()
    return sums[measures].div(sums["need"], axis=0)


def _units(network: Network, batches: pd.DataFrame, site: int, mode: str) -> _Units:
    configurations = np.flatnonzero(network.configurations["mode"] == mode)
    options = network.options
    here = options.index[(options["site"] == site) & options["configuration"].isin(configurations)]
    unit = pd.MultiIndex.from_frame(options.loc[here, ["site", "configuration"]])
    here, unit = here[unit.isin(batches.index)], unit[unit.isin(batches.index)]
    rows, batch = options.loc[here], batches.loc[unit]
    goals = network.milestones.assign(cost=network.cost("milestones")).set_index(["site", "configuration"])
    paid = goals.reindex(unit)
    factor = 1.0 + network.limits.host_margins.get(mode, 0.0)
    earned, spent = host_books(rows)
    return _Units(
        cost=network.cost("options")[here],
        surplus=earned - factor * spent,
        capacity=rows["capacity"].to_numpy(float),
        least=rows["min_starts"].to_numpy(float),
        batch_cost=batch["cost"].to_numpy(),
        batch_surplus=(batch["earned"] - factor * batch["paid"]).to_numpy(),
        slots=batch["slots"].to_numpy(),
        starts=batch["starts"].to_numpy(),
        target=paid["starts"].fillna(np.inf).to_numpy(float),
        payment_cost=paid["cost"].fillna(0.0).to_numpy(float),
        payment_surplus=-paid["milestone:host"].fillna(0.0).to_numpy(float) if "milestone:host" in paid else (
            np.zeros(len(unit))),
    )  # fmt: skip


def _curves(one: _Units, other: _Units, asks: list[bool], fee_per_start: float) -> Curves:
    most = max((float((units.capacity / units.slots).max(initial=0.0)) for units in (one, other)), default=0.0)
    batches = np.arange(1, math.floor(most * (1 + TOLERANCE)) + 1)
    costs = []
    for units, must in zip((one, other), asks, strict=True):
        cost, surplus = units.over(batches)
        slack = TOLERANCE * np.maximum(1.0, np.abs(units.surplus).max(initial=0.0))
        costs.append(np.where(must & (surplus < -slack), np.inf, cost).min(axis=0, initial=np.inf))
    _, surplus = other.over(batches)
    with np.errstate(invalid="ignore"):
        fee = fee_per_start - surplus / (batches[None, :] * other.starts[:, None])
    fee = np.where(np.isfinite(surplus), np.maximum(fee, 0.0), np.inf).min(axis=0, initial=np.inf)
    cost, against = costs
    return Curves(batches, cost, against, np.where(np.isfinite(fee), fee, np.nan), surplus.max(axis=0, initial=-np.inf))


def _row(curves: Curves, planned: float | None) -> dict[str, float]:
    """Return the figures of one site; NaN where something never happens."""
    batches, cost, other = curves.batches, curves.cost, curves.other
    if not len(batches):
        return dict.fromkeys(
            ("cheaper_from_batches", "cheaper_always_from_batches", "host_from_batches", "at_batches", "walk_away_fee",
             "most_batches"), np.nan,
        )  # fmt: skip
    possible = np.isfinite(cost) | np.isfinite(other)
    with np.errstate(invalid="ignore"):
        wins = np.isfinite(cost) & (cost < other - TOLERANCE * np.abs(cost))
    loses = np.flatnonzero(possible & ~wins)
    from_here = int(loses[-1]) + 1 if len(loses) else int(np.argmax(possible))
    stays = wins[from_here:].any()
    slack = TOLERANCE * np.maximum(1.0, np.abs(np.where(np.isfinite(curves.surplus), curves.surplus, 0.0)).max())
    earns = np.flatnonzero(curves.surplus >= -slack)
    at = _place(curves, planned)
    return {
        "cheaper_from_batches": float(batches[np.argmax(wins)]) if wins.any() else np.nan,
        "cheaper_always_from_batches": float(batches[from_here:][wins[from_here:]][0]) if stays else np.nan,
        "host_from_batches": float(batches[earns[0]]) if len(earns) else np.nan,
        "at_batches": np.nan if at is None else float(batches[at]),
        "walk_away_fee": np.nan if at is None else float(curves.fee[at]),
        "most_batches": float(batches[-1]),
    }


def _place(curves: Curves, planned: float | None) -> int | None:
    """Return where to read the fee: at the planned volume, rounded to a whole batch, else where the host asks least."""
    known = np.flatnonzero(np.isfinite(curves.fee))
    if planned is not None:
        known = known[curves.batches[known] == round(planned)]
        return int(known[0]) if len(known) else None
    return int(known[np.argmin(curves.fee[known])]) if len(known) else None
