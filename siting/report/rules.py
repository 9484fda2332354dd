"""The rules that bind: limits at their end, full units, law and payers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.plan.rules import rule_lines
from siting.report.blocks import Bullets, Section, Table, Words
from siting.report.wording import UNKNOWN, cash, last_period, number
from siting.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from siting.network.network import Limits
    from siting.plan.plan import Plan
    from siting.report.blocks import Block
    from siting.report.material import Material

    Row = tuple[str, float, float, str]

AT_END = 1e-4
"""Share of a limit within which a figure counts as being at it."""


def rules_section(material: Material) -> Section:
    """Return the limits of the study against the plan, and the rules of law and payers that are felt."""
    plan = material.plan
    rows = [(*row, _binds(row)) for row in _limits(plan)]
    shown = [[name, shown_limit, shown_value, words] for name, shown_limit, shown_value, words in _shown(plan, rows)]
    tight = sum(binds for *_, binds in rows)
    blocks: list[Block] = [Words(felt(len(rows), tight))]
    if shown:
        blocks.append(Table("Limits of the study", ["Limit", "Allowed", "Plan", "Binds"], shown))
    others = _others(plan)
    if others:
        blocks += [Words("Rules in force that have no single figure:"), Bullets(others)]
    if not plan.rules.empty:
        blocks += [
            Words("Law and payers:"),
            Bullets([line.strip() for line in rule_lines(plan.rules, plan.network.currency)]),
        ]
    else:
        blocks.append(Words("The study has no rules of law or payers."))
    return Section("rules", "The rules that bind", blocks)


def felt(limits: int, tight: int) -> str:
    """Return how many of the limits are at their ends, in words."""
    if not limits:
        return (
            "The study sets no limit on numbers, money, travel or time; capacity and what hosts allow bind as they are."
        )
    which = "The one limit with a figure is" if limits == 1 else f"Of the {limits:,} limits with a figure"
    if limits > 1:
        which += f" {count(tight, 'limit') if tight else 'none'} {'is' if tight < 2 else 'are'}"
    where = ("at its end" if tight < 2 else "at their ends") if tight or limits > 1 else "not at its end"
    return f"{which} {where}. As units come whole, loosening a limit that is not at its end may change the plan, too."


def _limits(plan: Plan) -> Iterator[Row]:
    """Yield name, limit, value of the plan, and what both are: "count", "money", "min", "d" or "starts"."""
    limits: Limits = plan.network.limits
    last = plan.openings[plan.openings["period"] == last_period(plan)]
    units = last[~last["is_central"].to_numpy(bool)]
    counted: list[tuple[str, tuple[int | None, int | None], float]] = [("limits.sites", limits.sites, len(units))]
    counted += [(f"limits.modes.{mode}", ends, (units["mode"] == mode).sum()) for mode, ends in limits.modes.items()]
    regions = limits.regions.items()
    counted += [(f"limits.regions.{region}", ends, (units["region"] == region).sum()) for region, ends in regions]
    for name, ends, value in counted:
        for end, limit in zip(("min", "max"), ends, strict=True):
            if limit is not None:
                yield f"{name}.{end}", float(limit), float(value), "count"
    measured: list[tuple[str, float | None, Callable[[], Any], str]] = [
        ("limits.budget", limits.budget, lambda: plan.kpis["capex_manufacturer"], "money"),
        ("limits.cost_per_year", limits.cost_per_year, lambda: plan.criteria["total_cost"], "money"),
        ("limits.mean_travel_min", limits.mean_travel_min, lambda: plan.criteria["mean_travel"], "min"),
        ("limits.vein_to_vein_d", limits.vein_to_vein_d, lambda: plan.criteria["vein_to_vein"], "d"),
        ("limits.min_starts", limits.min_starts, lambda: units["starts_per_year"].sum(), "starts"),
    ]
    for name, most, measure, unit in measured:
        if most is not None:
            yield name, float(most), float(measure()), unit


def _binds(row: Row) -> bool:
    _, limit, value, unit = row
    return abs(value - limit) <= (0.5 if unit == "count" else AT_END * max(1.0, abs(limit)))


def _shown(plan: Plan, rows: list[tuple[str, float, float, str, bool]]) -> Iterator[tuple[str, str, str, str]]:
    for name, limit, value, unit, binds in rows:
        yield name, _written(plan, limit, unit), _written(plan, value, unit), "yes" if binds else "no"


def _written(plan: Plan, value: float, unit: str) -> str:
    if unit == "money":
        return cash(value, plan)
    return number(value) if unit == "count" else f"{number(value, 1)} {unit}" if value == value else UNKNOWN


def _others(plan: Plan) -> list[str]:
    """Return the rules that hold for every plan of the study and are no single figure."""
    limits = plan.network.limits
    said = []
    if limits.service_level is not None:
        said.append(f"At least {limits.service_level:.1%} of the patients who could be infused at best are infused.")
    for mode, margin in limits.host_margins.items():
        extra = f" with a margin of {margin:.1%}" if margin else ""
        said.append(f"Hosts of {mode} units break even{extra}.")
    for name, (most, part) in limits.equity.within.items():
        said.append(f"{name}: at least {part:.0%} of the patients travel at most {most:,.0f} minutes.")
    if limits.equity.cvar_travel_min is not None:
        said.append(
            f"The worst-off {limits.equity.tail_share:.0%} travel {limits.equity.cvar_travel_min:,.0f} minutes at most "
            "on average."
        )
    said += [f"{rule.key} promises something to a group of areas." for rule in limits.equity.groups]
    said += [
        f"Volume share of {mode} is limited."
        for mode, ends in limits.volume_shares.items()
        if any(e is not None for e in ends)
    ]
    if limits.single_source_areas:
        said.append("Each area goes to one hospital.")
    if limits.single_source_hospitals:
        said.append("Each hospital sends to one unit.")
    if limits.fixed:
        said.append(
            f"{count(len(limits.fixed), 'decision')} on sites "
            f"{'was' if len(limits.fixed) == 1 else 'were'} taken by hand."
        )
    required = sum(status == "required" for status in plan.network.sites["status"])
    if required:
        said.append(f"{count(required, 'site')} {'is' if required == 1 else 'are'} required.")
    return said
