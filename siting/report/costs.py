"""Money: the bridge from the central baseline, the components of the cost, who pays and who is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.network.network import VALUES
from siting.report.blocks import Command, Figure, Section, Table, Words
from siting.report.wording import cash, is_staged, last_period, number, patients, percent, signed
from siting.whatif.bridge import bridge, steps_per_dose
from siting.whatif.svg import waterfall
from siting.words import count, listed

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan
    from siting.report.blocks import Block
    from siting.report.material import Material

LOSSES = {
    "never served": "patients_unmet",
    "distance": "patients_lost_distance",
    "failed batches": "patients_lost_quality",
    "delay": "patients_lost_delay",
}
"""Causes of loss and their key figures."""
LEAST_PATIENTS = 0.05
"""Fewer patients a year than this are shown as none."""
LEAST_MONEY = 0.5
"""Amounts below half a unit of money a year are not listed."""


def bridge_section(material: Material) -> Section:
    """Return what one infused dose costs centrally and in the plan, step by step, and what the steps leave out."""
    blocks = [*_bridge(material), *_losses(material), _components(material.plan)]
    return Section("bridge", "Cost against the central baseline", blocks)


def _bridge(material: Material) -> list[Block]:
    plan, central = material.plan, material.central.plan
    compare = f"siting models STUDY --out {material.folder}-models"
    if central is None:
        return [Command(f"There is no central baseline to hold the plan against: {material.central.why}.", compare)]
    if plan.kpis["cost_per_infused"] is None or central.kpis["cost_per_infused"] is None:
        who = "the plan" if plan.kpis["cost_per_infused"] is None else "the central baseline"
        return [Words(f"There is no cost of an infused dose to compare, because {who} infuses nobody.")]
    steps = bridge(steps_per_dose(central), steps_per_dose(plan))
    start, end = float(steps["start"].sum()), float(steps["end"].sum())
    moved = steps[(steps["change"].abs() >= LEAST_MONEY)]
    size, unit = (1e3, "thousand ") if max(start, end) >= 1e4 else (1.0, "")
    svg = waterfall(
        "Cost of one infused dose",
        ("central", start / size),
        [(str(row.step), row.change / size) for row in moved.itertuples()],
        ("plan", end / size),
        f"{unit}{plan.network.currency} for one infused dose",
        _bridge_words(plan, start, end),
    )
    lines = [[row.step, cash(row.start, plan), cash(row.end, plan), signed(row.change, plan)]
             for row in steps.itertuples() if max(abs(row.start), abs(row.end)) >= LEAST_MONEY]  # fmt: skip
    lines.append(["sum", cash(start, plan), cash(end, plan), signed(end - start, plan)])
    table = Table("Cost of one infused dose, lost patients not priced", ["Step", "Central", "Plan", "Change"], lines,
                  strong=(len(lines) - 1,))  # fmt: skip
    return [Words(_bridge_words(plan, start, end)), Figure(svg, _steps_in_words()), table]


def _bridge_words(plan: Plan, start: float, end: float) -> str:
    change = end - start
    if abs(change) < LEAST_MONEY:
        return f"One infused dose costs {cash(end, plan)}, the same as with everything made centrally."
    return (
        f"One infused dose costs {cash(end, plan)}, {cash(abs(change), plan)} {'more' if change > 0 else 'less'} than "
        f"with everything made centrally ({cash(start, plan)})."
    )


def _steps_in_words() -> str:
    return (
        "Central: no unit at any hospital, central plants and today's treatment centres only, the same demand and "
        "prices, none of the study's limits. Remake: starts beyond a patient's first. Idle: yearly cost of unused "
        "capacity. Orange adds, green saves."
    )


def _losses(material: Material) -> list[Block]:
    plan = material.plan
    others = [("Central", material.central.plan)]
    if material.today is not material.central:
        others.insert(0, ("Today", material.today.plan))
    shown = [(name, other) for name, other in others if other is not None] + [("Plan", plan)]
    lines = [["infused", *(number(one.kpis["patients_infused"], 1) for _, one in shown)]]
    lines += [[f"lost: {cause}", *(number(one.kpis[key], 1) for _, one in shown)] for cause, key in LOSSES.items()]
    lines.append(["in need", *(number(one.kpis["patients_demand"], 1) for _, one in shown)])
    lost = sum(plan.kpis[key] for key in LOSSES.values())
    return [
        Words(f"The cost of a dose does not see who is lost on the way. {_lost_words(lost)}"),
        Table("Patients a year by what becomes of them", ["", *(name for name, _ in shown)], lines,
              strong=(len(lines) - 1,)),
    ]  # fmt: skip


def _lost_words(lost: float) -> str:
    return f"The plan loses {patients(lost)} a year." if lost >= LEAST_PATIENTS else "The plan loses nobody."


def _components(plan: Plan) -> Table:
    sums = plan.costs.groupby("component", sort=False)["weighted"].sum()
    shown = sums[sums.abs() >= LEAST_MONEY]
    values = set(plan.costs.loc[plan.costs["payer"].isin(VALUES), "component"])
    lines = [[str(name).replace("_", " ") + (" (a value, no payment)" if name in values else ""), cash(amount, plan),
              percent(amount / sums.sum() if sums.sum() else None)] for name, amount in shown.items()]  # fmt: skip
    lines.append(["sum, which the plan minimises" if _is_cost(plan) else "sum", cash(sums.sum(), plan), ""])
    return Table("Cost a year by component, payers weighted", ["Component", "Cost a year", "Share"], lines,
                 strong=(len(lines) - 1,))  # fmt: skip


def _is_cost(plan: Plan) -> bool:
    return plan.solution.objective_kind == "total_cost"


def economics_section(material: Material) -> Section:
    """Return who pays and who is paid: by payer, by mode, and the books of every host."""
    plan = material.plan
    blocks: list[Block] = [*_price(plan), _by_payer(plan)]
    units = plan.openings[(plan.openings["period"] == last_period(plan)) & ~plan.openings["is_central"].to_numpy(bool)]
    if units.empty:
        blocks.append(Words("No hospital runs a unit, so there are no modes to tell apart and no hosts with books."))
        return Section("economics", "Franchise and owned: who pays, who is paid", blocks)
    return Section(
        "economics",
        "Franchise and owned: who pays, who is paid",
        [*blocks, _by_mode(plan, units), *_hosts(plan, units)],
    )


def _price(plan: Plan) -> list[Block]:
    figures = plan.kpis
    if figures["implied_price"] is None:
        return []
    words = (
        f"A dose costs the manufacturer {cash(figures['manufacturer_cost_per_infused'], plan)}; at a margin of "
        f"{percent(plan.network.margin_share)} that implies a price of {cash(figures['implied_price'], plan)}."
    )
    if figures["margin_at_list_price"] is not None:
        words += f" At the list price the margin is {percent(figures['margin_at_list_price'])}."
    return [Words(words)]


def _by_payer(plan: Plan) -> Table:
    paid = plan.costs[~plan.costs["payer"].isin(VALUES)]
    table = paid.pivot_table(index="component", columns="payer", values="amount_per_year", aggfunc="sum", sort=False)
    table = table[(table.abs() >= LEAST_MONEY).any(axis=1)].dropna(axis=1, how="all")
    payers = [payer for payer in ("manufacturer", "host", "patient") if payer in table]
    lines = [
        [str(name).replace("_", " "), *(cash(row[payer], plan) for payer in payers)] for name, row in table.iterrows()
    ]
    lines.append(["sum", *(cash(table[payer].sum(), plan) for payer in payers)])
    heads = [f"{payer.capitalize()} pays" for payer in payers]
    return Table("Amounts a year by payer, unweighted; minus means received", ["Component", *heads], lines,
                 strong=(len(lines) - 1,))  # fmt: skip


def _by_mode(plan: Plan, units: pd.DataFrame) -> Table:
    lines = []
    for mode, rows in units.groupby("mode"):
        income, paid = rows["host_income_per_year"].sum(), rows["host_cost_per_year"].sum()
        made = rows["starts_per_year"].sum()
        each = rows["cost_per_year"].sum() / made if made > 0 else None
        lines.append([str(mode), number(len(rows)), number(rows["platforms"].sum()), number(made, 1),
                      cash(rows["capex"].sum(), plan), cash(each, plan), cash(income, plan),
                      cash(paid, plan)])  # fmt: skip
    when = f", period {last_period(plan)}" if is_staged(plan) else ""
    head = ["Mode", "Units", "Platforms", "Starts a year", "Investment", "Cost of a start, lost priced",
            "Hosts are paid", "Hosts pay"]  # fmt: skip
    return Table(f"Units by mode{when}", head, lines)


def _all_earn(hosts: int) -> str:
    return f"{'The host is' if hosts == 1 else 'Every host is'} paid more than it pays."


def _hosts(plan: Plan, units: pd.DataFrame) -> list[Block]:
    rows = units[
        (units["host_income_per_year"].abs() >= LEAST_MONEY) | (units["host_cost_per_year"].abs() >= LEAST_MONEY)
    ]
    if rows.empty:
        return [Words("No host pays for its unit or is paid for it.")]
    left = rows["host_income_per_year"] - rows["host_cost_per_year"]
    lines = [[str(row.name), str(row.mode), cash(row.host_income_per_year, plan), cash(row.host_cost_per_year, plan),
              signed(rest, plan)] for row, rest in zip(rows.itertuples(), left, strict=True)]  # fmt: skip
    losing = [str(name) for name in rows.loc[left < -LEAST_MONEY, "name"]]
    even = int((left.abs() <= LEAST_MONEY).sum())
    words = [f"{listed(losing)} {'pays' if len(losing) == 1 else 'pay'} more than the unit earns."] if losing else []
    words += [f"{count(even, 'host')} just {'breaks' if even == 1 else 'break'} even."] if even else []
    table = Table("Books of the hosts a year, starting to treat apart", ["Host", "Mode", "Is paid", "Pays", "Left"],
                  lines, 2)  # fmt: skip
    return [table, Words(" ".join(words) or _all_earn(len(rows)))]
