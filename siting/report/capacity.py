"""Capacity: what every unit can promise, and how much of it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.report.blocks import Command, Figure, Section, Table, Words
from siting.report.charts import filled
from siting.report.wording import UNKNOWN, is_known, is_staged, last_period, number, percent
from siting.words import count, listed

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan
    from siting.report.blocks import Block
    from siting.report.material import Material

FULL = 0.995
"""Use of capacity from which a unit is called full."""
HALF = 0.5
"""Use of capacity below which a unit is called half empty."""
MOST_BARS = 40


def capacity_section(material: Material) -> Section:
    """Return use and promised wait of the units of the last period."""
    plan = material.plan
    rows = plan.openings[plan.openings["period"] == last_period(plan)]
    title = "Capacity, use and the queue"
    if rows.empty:
        return Section("capacity", title, [Words("There is no unit and no plant in use.")])
    waits = _waits(plan)
    lines = [[row.name, f"{row.platforms:,} x {row.platform}" if not row.is_central else "central plant",
              number(row.starts_per_year, 1), number(row.capacity_starts_per_year, 1), percent(row.utilization, 0),
              number(_spare(row), 1), number(waits.get(row.site_id), 1)]
             for row in rows.itertuples()]  # fmt: skip
    head = ["Site", "Platforms", "Starts a year", "Capacity", "In use", "Spare", "Promised wait, days"]
    units = rows[~rows["is_central"].to_numpy(bool)]
    blocks: list[Block] = [Words(_use_words(plan, units)), Words(_queue_words())]
    if len(units):
        blocks.append(_chart(units.head(MOST_BARS)))
    when = f" in period {last_period(plan)}" if is_staged(plan) else ""
    blocks += [
        Table(f"Capacity and promised wait{when}", head, lines, 2),
        Command(
            "Whether the promised waits are kept day by day was not simulated.", f"siting simulate {material.folder}"
        ),
    ]
    return Section("capacity", title, blocks)


def _waits(plan: Plan) -> dict[str, float]:
    """Return the mean wait for a slot that each site promises in the last period, in days."""
    network = plan.network
    chosen = plan.solution.open_options[-1]
    wait = network.configurations["wait_d"].to_numpy(float)[network.options["configuration"].to_numpy()]
    return {network.ids.sites[j]: float(wait[chosen[j]]) for j in np.flatnonzero(chosen >= 0)}


def _spare(row: object) -> float | None:
    capacity, made = row.capacity_starts_per_year, row.starts_per_year  # type: ignore[attr-defined]
    return max(0.0, capacity - made) if is_known(capacity) else None


def _use_words(plan: Plan, units: pd.DataFrame) -> str:
    if units.empty:
        return "No hospital runs a unit; central plants make everything."
    if not is_known(plan.kpis["utilization"]):
        return "The study sets no limit on what units can make."
    full, low = units[units["utilization"] >= FULL], units[units["utilization"] < HALF]
    use, they = ("uses", "it") if len(units) == 1 else ("use", "they")
    text = f"The {count(len(units), 'unit')} {use} {percent(plan.kpis['utilization'], 0)} of what {they} can promise"
    said = [f"{count(len(full), 'unit')} {'is' if len(full) == 1 else 'are'} full"] if len(full) else []
    if len(low):
        said.append(f"{listed(low['name'])} {'is' if len(low) == 1 else 'are'} less than half used")
    return f"{text}; {listed(said)}." if said else f"{text}."


def _queue_words() -> str:
    return (
        "Capacity is not slots times days. It is the number of starts a year up to which the mean wait for a free slot "
        "stays within the promise, by a queue formula or the study's own table. A full unit still keeps its promise; "
        "beyond that the wait grows fast."
    )


def _chart(units: pd.DataFrame) -> Figure:
    rows = [(row.name, float(row.starts_per_year),
             float(row.capacity_starts_per_year) if is_known(row.capacity_starts_per_year) else None)
            for row in units.itertuples()]  # fmt: skip
    about = "; ".join(
        f"{name}: {number(used)} of {number(room) if room is not None else UNKNOWN}" for name, used, room in rows
    )
    return Figure(
        filled("Use of capacity", rows, "starts a year", about), "Starts made of those that a unit can promise."
    )
