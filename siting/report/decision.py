"""The decision: three sentences, the figures asked for first, and the plan as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.plan.proof import proof
from siting.report.blocks import Bullets, Numbered, Section, Table, Tiles, Words
from siting.report.wording import (
    cash,
    days,
    is_known,
    is_staged,
    last_period,
    minutes,
    modes,
    number,
    patients,
    percent,
)
from siting.words import count, listed, share, some

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan
    from siting.report.blocks import Block
    from siting.report.material import Material

LEAST_MONEY = 1.0
"""A gap of less than this much money a year is none."""


def decision_section(material: Material) -> Section:
    """Return the three sentences, the first figures, and what was changed against the study as written."""
    plan = material.plan
    blocks: list[Block] = [Numbered(sentences(material)), Tiles(_tiles(plan))]
    blocks.append(Words(_money_note(plan), "note"))
    if plan.status != "optimal":
        warning = f"{proof(plan)}. The solve was stopped by the {plan.solution.stopped_by}; a better plan may exist."
        blocks.insert(0, Words(warning, "warning"))
    if plan.changes:
        blocks += [Words("Changed against the study as its author wrote it:"), Bullets(plan.changes)]
    return Section("decision", "The decision in three sentences", blocks)


def sentences(material: Material) -> list[str]:
    """Return what to open, what that does for patients, and what it costs and how sure that is."""
    return [_what(material.plan), _for_whom(material), _at_what_cost(material)]


def _what(plan: Plan) -> str:
    figures = plan.kpis
    when = f"By period {last_period(plan)}, " if is_staged(plan) else ""
    if not figures["units"]:
        tail = "central plants go on making all cells" if figures["share_central"] else "nobody makes any cells"
        return _begun(f"{when}open no unit at any hospital; {tail}.")
    exists = count_existing(plan)
    verb = "run" if exists else "open"
    there = f", {exists:,} of them there today" if exists else ""
    central = figures["share_central"]
    stays = f"; {share(central)} of the cells stay with central plants" if central else ""
    invested, own = figures["capex"], figures["capex_manufacturer"]
    part = "all" if own > invested - LEAST_MONEY else "none" if own < LEAST_MONEY else cash(own, plan)
    spent = f"; the one-off investment is {cash(invested, plan)}, {part} of it the manufacturer's"
    opened = f"{count(figures['units'], 'unit')} ({modes(figures['units_by_mode'])})"
    return _begun(f"{when}{verb} {opened} with {count(figures['platforms'], 'platform')}{there}{stays}{spent}.")


def _begun(sentence: str) -> str:
    return f"{sentence[0].upper()}{sentence[1:]}"


def count_existing(plan: Plan) -> int:
    """Return how many units of the last period stand today."""
    rows = plan.openings
    standing = (rows["status_in"] == "existing") & ~rows["is_central"].to_numpy(bool)
    return int((standing & (rows["period"] == plan.network.ids.periods[-1])).sum())


def _for_whom(material: Material) -> str:
    figures = material.plan.kpis
    before = None if material.today.plan is None else material.today.plan.kpis
    text = f"That infuses {some(figures['patients_infused'])} of {patients(figures['patients_demand'])} a year"
    if before is not None:
        text += f", against {some(before['patients_infused'])} in today's network"
    if is_known(figures["minutes_mean"]):
        text += f", with a mean one-way trip of {minutes(figures['minutes_mean'])}"
        if before is not None and is_known(before["minutes_mean"]):
            text += f" ({number(before['minutes_mean'])} today)"
    if is_known(figures["vein_to_vein_d_mean"]):
        text += f" and a mean of {days(figures['vein_to_vein_d_mean'])} from vein to vein"
        if before is not None and is_known(before["vein_to_vein_d_mean"]):
            text += f" ({number(before['vein_to_vein_d_mean'], 1)} today)"
    return f"{text}."


def _at_what_cost(material: Material) -> str:
    plan, figures = material.plan, material.plan.kpis
    cost, paid = (cash(figures[name], plan) for name in ("cost_per_year", "cost_without_lost_patients_per_year"))
    text = (
        f"It costs {cost} a year"
        if cost == paid
        else f"It costs {cost} a year with lost patients priced, {paid} without"
    )
    if figures["cost_per_infused"] is not None:
        text += f", {cash(figures['cost_per_infused'], plan)} for each infused patient"
        before = material.today.plan
        if before is not None and before.kpis["cost_per_infused"] is not None:
            text += f" ({cash(before.kpis['cost_per_infused'], plan)} today)"
    words = proof(plan)
    stake = open_money(plan)
    is_open = stake is not None and stake >= LEAST_MONEY
    at_stake = f", so at most {cash(stake, plan)} a year could still be saved" if is_open else ""
    return f"{text}; {words[0].lower()}{words[1:]}{at_stake}."


def open_money(plan: Plan) -> float | None:
    """Return what the gap stands for in money of a mean year, lost patients priced; None where it is no money."""
    if plan.bound is None or plan.solution.objective_kind != "total_cost":
        return None
    return max(0.0, plan.objective - plan.bound) / float(plan.network.periods["weight"].sum())


def _money_note(plan: Plan) -> str:
    network = plan.network
    counted = listed(f"{payer} {weight:g}" for payer, weight in network.weights.items())
    note = (
        f"Money: {network.currency} of {network.price_year}, a mean year. Weights of payers in every total: {counted}. "
        "Costs a year hold the price of lost patients"
    )
    goal = ", as what the plan minimises does" if plan.solution.objective_kind == "total_cost" else ""
    return f"{note}{goal}; the cost of an infused patient does not."


def _tiles(plan: Plan) -> list[tuple[str, str, str]]:
    figures, unit = plan.kpis, plan.network.distance_unit
    far = figures[f"distance_{unit}_mean"]
    return [
        ("Units", f"{figures['units']:,}", modes(figures["units_by_mode"]) or "no hospital hosts one"),
        ("Patients infused a year", number(figures["patients_infused"]),
         f"{percent(figures['share_infused'])} of the demand"),
        ("Mean one-way trip", f"{number(figures['minutes_mean'])} min", f"{number(far)} {unit}"),
        ("Vein to vein", f"{number(figures['vein_to_vein_d_mean'], 1)} d", "mean of infused patients"),
        ("For each infused patient", cash(figures["cost_per_infused"], plan), "lost patients not priced"),
        ("Capacity in use", percent(figures["utilization"], 0), "of units at hospitals"),
    ]  # fmt: skip


def plan_section(material: Material) -> Section:
    """Return the units, one row each; numbers are those on the map."""
    plan = material.plan
    rows = plan.openings
    if rows.empty:
        return Section("plan", "The plan", [Words("The plan runs no unit and uses no central plant.")])
    head = ["No.", *(["Period"] if is_staged(plan) else []), "Site", "City, region", "Mode", "Platforms",
            "Starts a year", "Patients infused", "In use", "Investment", "Cost a year"]  # fmt: skip
    lines = [_unit(plan, place, row) for place, (_, row) in zip(numbers(rows), rows.iterrows(), strict=True)]
    new = int((rows["is_new_centre"] & (rows["period"] == last_period(plan))).sum())
    about = (
        f"Numbers are those on the map. {plan.network.currency} of {plan.network.price_year}; the cost a year "
        "holds the price of patients lost by delay and failed batches."
    )
    blocks: list[Block] = [
        Table("Units and central plants in use, per year", head, lines, 6 if is_staged(plan) else 5),
        Words(f"{about} {_new_centres(new)}", "note"),
    ]
    return Section("plan", "The plan", blocks)


def _new_centres(new: int) -> str:
    if not new:
        return "No hospital starts to treat with this plan."
    return f"{count(new, 'hospital')} {'starts' if new == 1 else 'start'} to treat with this plan (marked *)."


def numbers(rows: pd.DataFrame) -> list[int]:
    """Return the number of each row of openings: sites are counted from 1 and keep their number over the periods."""
    order: dict[str, int] = {}
    return [order.setdefault(str(site), len(order) + 1) for site in rows["site_id"]]


def _unit(plan: Plan, place: int, row: pd.Series) -> list[str]:
    where = ", ".join(part for part in (str(row["city"]), str(row["region"])) if part)
    is_central = bool(row["is_central"])
    machines = "central plant" if is_central else f"{row['platforms']:,} x {row['platform']}"
    further = [str(row[name]) for name in ("service_class", "use") if row.get(name)]
    return [
        str(place), *([str(row["period"])] if is_staged(plan) else []),
        f"{row['name']}{' *' if row['is_new_centre'] else ''}", where, str(row["mode"]),
        ", ".join([machines, *([] if is_central else further)]), number(row["starts_per_year"], 1),
        number(row["patients_infused"], 1), percent(row["utilization"], 0), cash(row["capex"], plan),
        cash(row["cost_per_year"], plan),
    ]  # fmt: skip
