"""The rules that bind: limits at their end, full units, law and payers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.plan.rules import rule_lines
from siting.report.blocks import Bullets, Section, Table, Words
from siting.report.limits import RATIO, limits_held
from siting.report.wording import cash, is_known, number, percent
from siting.words import count

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.report.blocks import Block
    from siting.report.limits import Held
    from siting.report.material import Material


def rules_section(material: Material) -> Section:
    """Return the limits of the study against the plan, and the rules of law and payers that are felt."""
    plan = material.plan
    held = limits_held(plan)
    blocks: list[Block] = [Words(felt(len(held), sum(one.binds for one in held)))]
    if held:
        rows = [_shown(plan, one) for one in held]
        blocks.append(Table("Limits of the study", ["Limit", "Allowed", "Plan", "Binds"], rows))
    others = _others(plan)
    if others:
        blocks += [Words("Rules in force that have no figure:"), Bullets(others)]
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


def _shown(plan: Plan, held: Held) -> list[str]:
    sense = "at least" if held.is_least else "at most"
    limit, value = (_written(plan, amount, held.unit) for amount in (held.limit, held.value))
    return [held.name, f"{sense} {limit}", value, "yes" if held.binds else "no"]


def _written(plan: Plan, value: float, unit: str) -> str:
    if unit == "money":
        return cash(value, plan)
    if unit == "share":
        return percent(value)
    if unit == "count" or not is_known(value):
        return number(value)
    return f"{number(value, 2 if unit == RATIO else 1)} {unit}"


def _others(plan: Plan) -> list[str]:
    """Return the rules that hold for every plan of the study and have no figure."""
    limits = plan.network.limits
    said = []
    if not limits.allow_unserved:
        said.append("Nobody who can be reached stays unserved.")
    for mode, part in limits.ramp_up.items():
        said.append(f"New capacity of {mode} units makes at most {part:.0%} of it in its first period.")
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
