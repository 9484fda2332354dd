"""The summary: the decision first, then what it costs, who travels, how good it is, and what was assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.plan.clock import WITHIN_D
from siting.plan.groups import group_lines
from siting.plan.proof import proof
from siting.plan.rules import rule_lines
from siting.words import count, listed, money, share, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.plan.plan import Plan

WIDTH = 26


def summary_text(plan: Plan) -> str:
    """Return the summary of a plan as plain text."""
    parts = (decision_lines, _changed, _units, _money, _patients, _travel, _groups, _rules, _proof, _assumed)
    texts = ("\n".join(part(plan)) for part in parts)
    return "\n\n".join(text for text in texts if text) + "\n"


def _row(label: str, value: str) -> str:
    return f"  {label:<{WIDTH}} {value}"


def decision_lines(plan: Plan) -> Iterator[str]:
    """Yield what was decided, for how many at what cost, and how good that is."""
    figures = plan.kpis
    modes = listed(f"{n} {mode}" for mode, n in figures["units_by_mode"].items())
    opened = count(figures["units"], "unit") + (f" ({modes})" if modes else "")
    platforms = f" with {count(figures['platforms'], 'platform')}" if figures["units"] else ""
    yield f"{plan.name}: open {opened}{platforms}."
    central = figures["share_central"]
    if central:
        yield f"{share(central)} of the cells are still made centrally."
    yield (
        f"{figures['patients_infused']:,.0f} of {figures['patients_demand']:,.0f} patients a year are infused, for "
        f"{_per_infused(plan)} each."
    )
    yield f"{proof(plan)}."
    if plan.status != "optimal":
        yield f"The solve was stopped by the {plan.solution.stopped_by}; a better plan may exist."


def _changed(plan: Plan) -> Iterator[str]:
    if plan.changes:
        yield "Changed against the study as written"
        yield from (f"  {change}" for change in plan.changes)


def _per_infused(plan: Plan) -> str:
    cost = plan.kpis["cost_per_infused"]
    return "nothing" if cost is None else money(cost, plan.network.currency)


def _units(plan: Plan) -> Iterator[str]:
    several = len(plan.network.ids.periods) > 1
    yield "Units"
    for row in plan.openings.itertuples():
        when = f"{row.period}: " if several else ""
        place = f"{row.name}, {row.city}" if row.city else row.name
        if row.is_central:
            yield f"  {when}{place}: central plant, {some(row.starts_per_year)} starts a year"
            continue
        new = ", becomes a treatment centre" if row.is_new_centre else ""
        full = "" if row.utilization != row.utilization else f", {row.utilization:.0%} full"
        yield (
            f"  {when}{place} [{row.site_id}]: {row.mode}, {row.platforms} x {row.platform}, "
            f"{row.starts_per_year:,.0f} starts a year{full}{new}"
        )
    if plan.openings.empty:
        yield "  none"
    losing = plan.openings["host_cost_per_year"] > plan.openings["host_income_per_year"] + 0.5
    if losing.any():
        sites = list(dict.fromkeys(plan.openings["site_id"][losing]))
        named = listed([*sites[:5], *([f"{len(sites) - 5:,} more"] if len(sites) > 5 else [])])
        yield f"  Hosts that pay more than they are paid: {named}; modes.host_must_break_even would not let them."


def _money(plan: Plan) -> Iterator[str]:
    figures, currency = plan.kpis, plan.network.currency
    yield f"Cost a year ({currency} of {plan.network.price_year}, weighted by perspective)"
    yield _row("with lost patients priced", money(figures["cost_per_year"], currency))
    yield _row("without lost patients", money(figures["cost_without_lost_patients_per_year"], currency))
    yield _row("per infused patient", _per_infused(plan))
    for component, amount in plan.costs.groupby("component", sort=False)["weighted"].sum().items():
        if abs(amount) >= 0.5:
            yield _row(f"- {str(component).replace('_', ' ')}", money(amount, currency))
    yield _row("investment, all payers", money(figures["capex"], currency))
    yield _row("- of it the manufacturer's", money(figures["capex_manufacturer"], currency))
    if figures["implied_price"] is not None:
        yield _row("manufacturer, per dose", money(figures["manufacturer_cost_per_infused"], currency))
        price = money(figures["implied_price"], currency)
        yield _row("implied price of a dose", f"{price} at a margin of {share(plan.network.margin_share)}")
    if figures["margin_at_list_price"] is not None:
        yield _row("margin at the list price", share(figures["margin_at_list_price"]))


def _patients(plan: Plan) -> Iterator[str]:
    figures = plan.kpis
    yield "Patients a year"
    for label, name in (
        ("referred if care were near", "demand"),
        ("infused", "infused"),
        ("- of these out of spec", "infused_oos"),
        ("lost: never served", "unmet"),
        ("lost: distance", "lost_distance"),
        ("lost: failed batches", "lost_quality"),
        ("lost: delay", "lost_delay"),
    ):
        yield _row(label, f"{figures[f'patients_{name}']:,.1f}")
    yield _row("capacity in use", share(figures["utilization"]))
    yield _row("made centrally", share(figures["share_central"]))


def _travel(plan: Plan) -> Iterator[str]:
    unit = plan.network.distance_unit
    figures = plan.kpis
    yield "One-way travel of referred patients (mean / p90 / worst)"
    yield _row("minutes", _three(figures, "minutes"))
    yield _row(unit, _three(figures, f"distance_{unit}"))
    days = figures["vein_to_vein_d_mean"]
    if days is not None:
        yield _row("vein to vein, days", f"{days:,.1f} mean, {figures['vein_to_vein_d_p90']:,.1f} p90")
        inside = (f"{share(figures[f'share_within_{most}_d'])} in {most}" for most in WITHIN_D)
        yield _row("infused within days", ", ".join(inside))


def _three(figures: dict[str, Any], name: str) -> str:
    values = [figures[f"{name}_{part}"] for part in ("mean", "p90", "worst")]
    return "-" if values[0] is None else " / ".join(f"{value:,.0f}" for value in values)


def _groups(plan: Plan) -> Iterator[str]:
    yield from group_lines(plan.groups)


def _rules(plan: Plan) -> Iterator[str]:
    if not plan.rules.empty:
        yield "Law and payers"
        yield from rule_lines(plan.rules, plan.network.currency)


def _proof(plan: Plan) -> Iterator[str]:
    yield "Proof"
    yield _row("objective", f"{plan.solution.objective_kind.replace('_', ' ')} = {plan.objective:,.6g}")
    yield _row("bound", "unknown" if plan.bound is None else f"{plan.bound:,.6g}")
    yield _row("gap", "unknown" if plan.gap is None else f"{plan.gap:.3%}")
    yield _row("status", plan.status)
    yield _row("stopped by", plan.solution.stopped_by)
    yield _row("strategy", plan.strategy)
    yield _row("time", f"{plan.runtime_s:,.1f} s")
    if plan.solution.compile_s >= 0.1:
        yield _row("of it compiling", f"{plan.solution.compile_s:,.1f} s, by numba; kept for later runs")
    yield _row("rules beside the core", listed(plan.features) or "none")
    if plan.solution.merged_areas:
        yield _row("first plan found on", f"{plan.solution.merged_areas:,} merged areas; bound and plan are of all")
    if plan.left_out:
        yield _row("not counted on in bound", listed(plan.left_out))


def _assumed(plan: Plan) -> Iterator[str]:
    yield "Assumed"
    for note in plan.network.notes:
        yield f"  {note}"
    if plan.assumptions.empty:
        yield "  nothing is recorded about the sources of the parameters"
        return
    assumed = plan.assumptions[plan.assumptions["is_assumption"]]
    yield (
        f"  {len(assumed):,} of {len(plan.assumptions):,} parameters are assumptions, not published figures; "
        "tables/assumptions.csv lists them all."
    )
