"""How sure the plan is: near-optimal alternatives, assumptions that drive it, the proof, what no model says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.export.export import ALTERNATIVES, TORNADO
from siting.export.palette import CLASS_COLOURS
from siting.plan.proof import proof
from siting.report.blocks import Bullets, Command, Figure, Section, Table, Words
from siting.report.charts import ranked
from siting.report.decision import LEAST_MONEY, open_money
from siting.report.wording import cash, number, percent
from siting.whatif.alternatives_report import MEANING
from siting.whatif.tornado_report import swing_chart
from siting.words import count, listed

if TYPE_CHECKING:
    import pandas as pd

    from siting.plan.plan import Plan
    from siting.report.blocks import Block
    from siting.report.material import Material, Near

MOST_SITES, MOST_SWINGS = 25, 15
"""Hospitals and parameters shown; the files beside the report hold all."""


def _absent(material: Material, part: str, what: str) -> list[Block]:
    stale = material.stale.get(part)
    why = f"The folder {part} was found and left out: it {stale}. " if stale else ""
    return [Command(f"{why}{what}", f"siting report {material.folder} --with {part}")]


def alternatives_section(material: Material) -> Section:
    """Return which hospitals are in all, some or none of the plans that cost nearly as little."""
    near = material.near
    if near is None:
        what = "Near-optimal alternatives were not computed, so it is not known which hospitals could be exchanged."
        if material.plan.solution.objective_kind != "total_cost":
            blocks: list[Block] = [
                Words("Near-optimal alternatives need the total cost as objective; this plan has another.")
            ]
        else:
            blocks = _absent(material, ALTERNATIVES, what)
        return Section("alternatives", "Near-optimal alternatives", blocks)
    return Section("alternatives", "Near-optimal alternatives", [*_sites(near), *_plans(near, material.plan)])


def _sites(near: Near) -> list[Block]:
    rows = near.sites
    shown = rows[rows["share"] > 0].head(MOST_SITES)
    bars = [(f"{row['name']}", row["share"] * 100, CLASS_COLOURS[row["class"]],
             f"{row['share']:.0%}, {row['class']}{'' if row['is_proven'] else ' (not proven)'}")
            for row in shown.to_dict("records")]  # fmt: skip
    key = [(colour, MEANING[name].split(" (")[0]) for name, colour in CLASS_COLOURS.items()]
    about = "; ".join(f"{name}: {words}" for name, _, _, words in bars)
    svg = ranked(
        "Share of the near-optimal plans in which each hospital has a unit", bars, key, "% of the plans listed", about
    )
    blocks: list[Block] = [Words(line) for line in near.words]
    if bars:
        blocks.append(Figure(svg, "Share of the plans listed in which a hospital has a unit."))
    if len(rows[rows["share"] > 0]) > MOST_SITES:
        blocks.append(Words("alternatives/sites.csv lists all hospitals.", "note"))
    return blocks


def _plans(near: Near, plan: Plan) -> list[Block]:
    lines = [[f"plan {row.plan}", cash(row.cost, plan), percent(row.over_bound, 2), number(row.units),
              number(row.differs_by)] for row in near.plans.itertuples()]  # fmt: skip
    head = ["", "Cost", "Over the bound", "Units", "Sites unlike the nearest plan above"]
    return [Table("Plans within the tolerance", head, lines)]


def assumptions_section(material: Material) -> Section:
    """Return the tornado, and how many parameters of each table are assumptions."""
    plan, swings = material.plan, material.swings
    if swings is None:
        what = "Which assumptions move the plan most was not computed."
        return Section(
            "assumptions", "The assumptions that drive it", [*_absent(material, TORNADO, what), *_counted(plan)]
        )
    if swings.empty:
        return Section(
            "assumptions", "The assumptions that drive it", [Words("No parameter has a range."), *_counted(plan)]
        )
    rows, base = swings.head(MOST_SWINGS), float(plan.kpis["cost_per_year"])
    svg = swing_chart(
        "Cost a year at both ends of each parameter", rows, base, plan.kpis["units"], plan.network.currency
    )
    lines = [[row.parameter, row.low, row.base, row.high, cash(row.effect, plan), cash(row.fixed_effect, plan),
              _beyond(row.effect, row.unproven)] for row in rows.itertuples()]  # fmt: skip
    head = ["Parameter", "Low", "In use", "High", "Effect", "Same units", "Beyond the gaps"]
    blocks: list[Block] = [
        Words(_most(swings, plan)),
        Figure(svg, "Pale: the plan's units, priced again. Dark: units chosen again. Lost patients priced."),
        Table("Effect on the cost a year", head, lines, 4),
    ]  # fmt: skip
    if len(swings) > MOST_SWINGS:
        blocks.append(Words(f"tornado/tornado.csv has all {len(swings):,} parameters.", "note"))
    return Section("assumptions", "The assumptions that drive it", [*blocks, *_counted(plan)])


def _beyond(effect: float, unproven: float) -> str:
    if effect < LEAST_MONEY:
        return "no effect"
    return "yes" if effect > unproven else "within the gap"


def _most(swings: pd.DataFrame, plan: Plan) -> str:
    first = swings.iloc[0]
    moved = f"by {cash(first['effect'], plan)} a year between {first['low']} and {first['high']}"
    if first["effect"] < LEAST_MONEY:
        return f"{count(len(swings), 'parameter')} moved to both ends of the range: the cost does not change."
    if len(swings) == 1:
        return f"{first['parameter']} is the one parameter that was moved; it changes the cost {moved}."
    return (
        f"Of {len(swings):,} parameters moved to both ends of their ranges, {first['parameter']} changes the cost "
        f"most: {moved}."
    )


def _counted(plan: Plan) -> list[Block]:
    table = plan.assumptions
    if table.empty:
        return [Words("Nothing is recorded about the sources of the parameters.")]
    lines = []
    for where, rows in table.groupby("where", sort=False):
        assumed = rows[rows["is_assumption"]]
        names = [str(name) for name in assumed["column"].drop_duplicates()]
        lines.append([str(where), ", ".join(names) or "none", number(len(rows)), number(len(assumed))])
    total, assumed_total = len(table), int(table["is_assumption"].sum())
    lines.append(["all", "", number(total), number(assumed_total)])
    one = assumed_total == 1
    words = (
        f"{number(assumed_total) if assumed_total else 'None'} of {count(total, 'parameter')} {'is' if one else 'are'} "
        f"{'an assumption' if one else 'assumptions'} and no published "
        f"{'figure' if one else 'figures'}; tables/assumptions.csv lists every one with its value and source."
    )
    blocks: list[Block] = [Words(words)]
    if plan.network.notes:
        blocks += [Words("What the study decided by itself:"), Bullets(plan.network.notes)]
    head = ["File", "Assumed", "Parameters", "Assumptions"]
    return [*blocks, Table("Parameters by file", head, lines, 2, (len(lines) - 1,))]


def proof_section(material: Material) -> Section:
    """Return status, bound and gap, and what they mean in money."""
    plan = material.plan
    blocks: list[Block] = [
        Words(f"{proof(plan)}.", "" if plan.status == "optimal" else "warning"),
        Words(_meaning(plan)),
    ]
    lines = [
        ["Status", plan.status], ["Stopped by", plan.solution.stopped_by],
        ["Objective", f"{plan.solution.objective_kind.replace('_', ' ')} = {plan.objective:,.6g}"],
        ["Bound", "unknown" if plan.bound is None else f"{plan.bound:,.6g}"],
        ["Gap", "unknown" if plan.gap is None else f"{plan.gap:.3%}"],
        ["Strategy", plan.strategy], ["Time", f"{plan.runtime_s:,.1f} s"],
        ["Rules beside the core", listed(plan.features) or "none"],
        ["Rules that the bound does not count on", listed(plan.left_out) or "none"],
    ]  # fmt: skip
    blocks.append(Table("The solve", ["Figure", "Value"], lines, 2))
    blocks.append(Words("Every rule and every amount of the plan was recounted from its tables without the model."))
    return Section("proof", "How good the plan is", blocks)


def _meaning(plan: Plan) -> str:
    stake = open_money(plan)
    if plan.bound is None:
        return "No bound is known: nobody can say how much better another plan could be."
    if stake is None:
        better = "more" if plan.solution.objective_kind == "patients_treated" else "less"
        return (
            f"No plan can reach a {plan.solution.objective_kind.replace('_', ' ')} of {better} than {plan.bound:,.6g}; "
            f"this one has {plan.objective:,.6g}."
        )
    if stake < LEAST_MONEY:
        return "No plan under the same data and rules costs less."
    cost = plan.kpis["cost_per_year"]
    return (
        f"Under the same data and rules no plan costs less than {cash(cost - stake, plan)} a year, lost patients "
        f"priced; this one costs {cash(cost, plan)}. A longer solve could save {cash(stake, plan)} a year at most. The "
        "proof is about the model's figures, not about the assumptions behind them."
    )


def silent_section(material: Material) -> Section:
    """Return what the model cannot say, with the figures of this plan where they matter."""
    plan = material.plan
    figures = plan.kpis
    lost = figures["cost_per_year"] - figures["cost_without_lost_patients_per_year"]
    items = [
        "Which day a batch starts, and who waits for whom: patients and starts are yearly means, and waits are those "
        "of a queue in balance.",
        "Which hospital a single patient chooses: patients of an area are sent where the plan is best, and uptake "
        "falls with distance as the study says.",
        "What a lost patient is worth: the study sets a price, and it is the most value-laden assumption of all. "
        f"It stands for {cash(lost, plan)} of the {cash(figures['cost_per_year'], plan)} a year of this plan.",
        "Whether hospitals agree, regulators approve, or staff can be hired, beyond what the study's tables state.",
        "How results of care differ between places, and anything clinical or legal: this is planning support.",
        "Which platform is better in practice: platforms differ only by the figures that the study gives them.",
    ]
    assumed = int(plan.assumptions["is_assumption"].sum()) if not plan.assumptions.empty else 0
    if assumed:
        items.append(f"What {count(assumed, 'assumption')} would do together if all of them were off at once.")
    if len(plan.network.ids.scenarios) == 1:
        items.append("What happens when demand turns out otherwise: the plan is for one future (see siting sweep).")
    if len(plan.network.ids.periods) == 1:
        items.append("In which order to build: the plan is for one period.")
    return Section("silent", "What the model cannot say", [Bullets(items)])
