"""Patients: the clock from vein to vein, and who travels how far before and after."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from siting.plan.clock import WITHIN_D
from siting.report.blocks import Figure, Section, Table, Words
from siting.report.charts import pairs, stacked
from siting.report.costs import LEAST_PATIENTS
from siting.report.wording import days, is_known, minutes, number, patients, percent

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan
    from siting.report.blocks import Block
    from siting.report.material import Material

CLOCK_PARTS = {
    "transit_d": "courier",
    "wait_d": "wait for a slot",
    "process_d": "process",
    "release_d": "release",
    "scheduling_d": "scheduling",
    "restart_d": "second starts",
}
"""Parts of the clock and what they are called."""
BANDS = (0, 30, 60, 120, 180, 240)
"""Lower ends of the bands of travel, in minutes; the last is open."""
MOST_REGIONS = 12
"""More regions than this are left to the CSV files."""


def clock_section(material: Material) -> Section:
    """Return the days from vein to vein in parts, before and after, and by region."""
    plan, now = material.plan, material.today.plan
    if not is_known(plan.kpis["vein_to_vein_d_mean"]):
        return Section("clock", "Vein to vein", [Words("Nobody is infused, so there is no clock.")])
    shown = [("plan", plan)]
    if now is not None and is_known(now.kpis["vein_to_vein_d_mean"]):
        shown.insert(0, ("today", now))
    rows = [(name, [float(one.clock[part].iloc[0]) for part in CLOCK_PARTS]) for name, one in shown]
    words = _clock_words(plan, dict(shown).get("today"))
    svg = stacked("Mean days from vein to vein", rows, list(CLOCK_PARTS.values()), "days", words)
    head = ["", "Patients infused", "Mean", "p10", "p50", "p90", *(f"Within {most} d" for most in WITHIN_D)]
    lines = [_clock_line(name, one.clock.iloc[0]) for name, one in shown]
    regions = plan.clock.iloc[1:]
    if 1 < len(regions) <= MOST_REGIONS:
        lines += [_clock_line(f"plan, {row['region']}", row) for _, row in regions.iterrows()]
    note = "Days from collection to infusion of the infused patients; the wait is the one that units promise."
    return Section(
        "clock", "Vein to vein", [Words(words), Figure(svg, note), Table("Days from vein to vein", head, lines)]
    )


def _clock_words(plan: Plan, now: Plan | None) -> str:
    figures = plan.kpis
    mean = figures["vein_to_vein_d_mean"]
    text = (
        f"Infused patients wait {days(mean)} from vein to vein on average; nine in ten wait "
        f"{days(figures['vein_to_vein_d_p90'])} at most"
    )
    if now is None:
        return f"{text}."
    before = now.kpis["vein_to_vein_d_mean"]
    if abs(mean - before) < 0.05:
        return f"{text}. That is as long as today."
    than = "shorter" if mean < before else "longer"
    return f"{text}. That is {days(abs(mean - before))} {than} than today ({days(before)})."


def _clock_line(name: str, row: pd.Series) -> list[str]:
    inside = (percent(row[f"share_within_{most}_d"]) for most in WITHIN_D)
    spans = (number(row[f"vein_to_vein_d_{part}"], 1) for part in ("mean", "p10", "p50", "p90"))
    return [name, number(row["patients_infused"], 1), *spans, *inside]


def travel_section(material: Material) -> Section:
    """Return trips before and after: by length, by group, by region; by product where there are several."""
    plan, now = material.plan, material.today.plan
    blocks: list[Block] = [Words(_travel_words(plan, now))]
    if now is None:
        blocks.append(Words(f"Today's network could not be priced: {material.today.why}.", "note"))
    blocks += [_bands(plan, now), *_groups(plan, now)]
    if len(plan.network.ids.products) > 1:
        blocks.append(_by_product(plan))
    return Section("travel", "Who travels how far, before and after", blocks)


def _travel_words(plan: Plan, now: Plan | None) -> str:
    figures = plan.kpis
    if not is_known(figures["minutes_mean"]):
        return "Nobody is referred to any hospital."
    text = (
        f"The mean one-way trip is {minutes(figures['minutes_mean'])}; nine patients in ten travel "
        f"{minutes(figures['minutes_p90'])} at most, and the longest trip is {minutes(figures['minutes_worst'])}."
    )
    if now is None or not is_known(now.kpis["minutes_mean"]):
        return text
    before = now.kpis
    text += (
        f" In today's network, priced by the same model, these are {number(before['minutes_mean'])}, "
        f"{number(before['minutes_p90'])} and {minutes(before['minutes_worst'])}."
    )
    if max(before["patients_unmet"], figures["patients_unmet"]) < LEAST_PATIENTS:
        return text
    return (
        f"{text} Referred nowhere: {patients(before['patients_unmet'])} a year today, "
        f"{patients(figures['patients_unmet'])} with the plan."
    )


def trip_bands(plan: Plan) -> list[float]:
    """Return referred patients of a mean year by band of one-way minutes, shape of `BANDS`."""
    referred = plan.solution.referred @ plan.outcomes.mean_year
    band = np.searchsorted(BANDS, plan.network.trips["minutes"].to_numpy(float), side="right") - 1
    return np.bincount(band, weights=referred, minlength=len(BANDS)).tolist()


def _bands(plan: Plan, now: Plan | None) -> Figure:
    names = [f"{low} to {high} min" for low, high in pairwise(BANDS)] + [f"{BANDS[-1]} min and more"]
    after, unmet = trip_bands(plan), plan.kpis["patients_unmet"]
    before = [None] * len(names) if now is None else trip_bands(now)
    rows = list(zip([*names, "referred nowhere"], [*before, None if now is None else now.kpis["patients_unmet"]],
                    [*after, unmet], strict=True))  # fmt: skip
    about = "; ".join(f"{name}: {number(first)} today, {number(second)} in the plan" for name, first, second in rows)
    if now is None:
        rows = [(name, 0.0, second) for name, _, second in rows]
    svg = pairs("Patients by length of their trip", rows, ("today", "plan"), "patients referred a year", about)
    return Figure(svg, "Referred patients of a mean year by one-way travel time.")


def _groups(plan: Plan, now: Plan | None) -> list[Block]:
    blocks: list[Block] = []
    table = plan.groups
    before = None if now is None else now.groups.set_index(["by", "name"])
    for by, title in (("group", "By group"), ("region", "By region")):
        rows = table[table["by"].isin(["all", by])]
        named = len(rows) - 1
        if by == "region" and not 1 < named <= MOST_REGIONS:
            if named > MOST_REGIONS:
                blocks.append(Words(f"tables/groups.csv has the {named:,} regions.", "note"))
            continue
        if by == "group" and named > 1:
            blocks.append(_group_chart(rows, before))
        blocks.append(_group_table(title if named else "All patients", rows, before))
    return blocks


def _group_chart(rows: pd.DataFrame, before: pd.DataFrame | None) -> Figure:
    shown = [(row.name or "all", _value(before, row, "minutes_mean"),
              row.minutes_mean if is_known(row.minutes_mean) else None) for row in rows.itertuples()]  # fmt: skip
    about = "; ".join(
        f"{name}: {number(first)} minutes today, {number(second)} in the plan" for name, first, second in shown
    )
    return Figure(pairs("Mean one-way trip by group", shown, ("today", "plan"), "minutes", about),
                  "Mean one-way trip of referred patients by group of their area.")  # fmt: skip


def _value(before: pd.DataFrame | None, row: object, column: str) -> float | None:
    key = (row.by, row.name)  # type: ignore[attr-defined]
    if before is None or key not in before.index or not is_known(before.loc[key, column]):
        return None
    return float(before.loc[key, column])


def _group_table(title: str, rows: pd.DataFrame, before: pd.DataFrame | None) -> Table:
    head = ["", "Demand", "Mean trip today", "Mean trip", "p90 today", "p90", "Worst", "Infused today", "Infused",
            "Referred nowhere"]  # fmt: skip
    lines = [
        [row.name or "all", number(row.demand, 1), number(_value(before, row, "minutes_mean")),
         number(row.minutes_mean),
         number(_value(before, row, "minutes_p90")), number(row.minutes_p90), number(row.minutes_worst),
         percent(_value(before, row, "infused_share")), percent(row.infused_share), percent(row.unserved_share)]
        for row in rows.itertuples()
    ]  # fmt: skip
    return Table(f"{title}: patients a year, one-way minutes, shares of the demand", head, lines, strong=(0,))


def _by_product(plan: Plan) -> Table:
    network, weight = plan.network, plan.outcomes.mean_year
    trips = network.trips.assign(referred=plan.solution.referred @ weight, treated=plan.outcomes.collected @ weight)
    lines = []
    for place, name in enumerate(network.ids.products):
        rows = trips[trips["product"] == place]
        mean = (
            (rows["referred"] * rows["minutes"]).sum() / rows["referred"].sum() if rows["referred"].sum() > 0 else None
        )
        lines.append([name, number(rows["referred"].sum(), 1), number(rows["treated"].sum(), 1), number(mean)])
    return Table(
        "By product: patients a year, one-way minutes", ["Product", "Referred", "Collected", "Mean trip"], lines
    )
