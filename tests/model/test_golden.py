"""The rows of a small model as text, so that a change of the algebra shows in a diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyomo.environ as pyo
from helpers import edited
from pyomo.repn import generate_standard_repn

from siting.model.core import build_model
from siting.model.objectives import OBJECTIVES
from siting.network.build import build_network

if TYPE_CHECKING:
    from siting.study.study import Study

GOLDEN = Path(__file__).with_name("tiny_model.txt")


def names(model: pyo.ConcreteModel) -> dict[int, str]:
    """Return what each variable decides, in the analyst's ids."""
    network, rows, found = model.network, model.rows, {}
    ids, options = network.ids, network.options
    runs = network.configurations["mode"].to_numpy()
    for k, row in enumerate(rows.assign.itertuples()):
        found[id(model.share[k])] = f"share[{ids.areas[row.area]}>{ids.hospitals[row.hospital]}]"
    for k, row in enumerate(network.demands.itertuples()):
        found[id(model.unserved[k])] = f"unserved[{ids.areas[row.area]}]"
    for k, row in enumerate(rows.cells.itertuples()):
        found[id(model.cells[k])] = f"cells[{ids.hospitals[row.hospital]}>{ids.sites[row.site]}]"
    for k, row in enumerate(rows.made.itertuples()):
        link = network.links["link_class"].iat[row.link]
        found[id(model.made[k])] = f"made[{ids.sites[row.site]} {runs[row.configuration]} {link}]"
    chosen = list(options.itertuples())
    for (k, _), variable in model.option.items():
        row = chosen[k]
        found[id(variable)] = f"option[{ids.sites[row.site]} {runs[row.configuration]} x{row.platforms}]"
    found |= {id(variable): f"opens[{ids.sites[j]}]" for (j, _), variable in model.opens.items()}
    return found | {id(variable): "headquarters" for variable in model.shared.values()}


def text_of(model: pyo.ConcreteModel) -> str:
    """Return objective and rows, one a line, under their equation."""
    known = names(model)

    def terms(expression: object) -> list[str]:
        form = generate_standard_repn(expression)
        return [f"{c:+g} {known[id(v)]}" for c, v in zip(form.linear_coefs, form.linear_vars, strict=True) if c]

    lines = ["min", *(f"  {term}" for term in terms(model.goal.expr))]
    for component in model.component_objects(pyo.Constraint):
        lines.append(f"\n{component.name}")
        for row in component.values():
            low, high = pyo.value(row.lower), pyo.value(row.upper)
            sign = "=" if low == high else ">=" if high is None else "<="
            lines.append(f"  {' '.join(terms(row.body))} {sign} {low if high is None else high:g}")
    return "\n".join(lines) + "\n"


def test_model_of_tiny_is_the_one_reviewed(tiny: Study) -> None:
    """Two areas, H1 (treats) and H3 (new), capacity limits and a budget: every row as it was read and found right."""
    study = edited(tiny, "hospitals", {"H2": {"status": "banned"}, "H1": {"treatment_capacity_per_year": 55.0}})
    study = study.replace({"limits.budget": 300_000.0, "limits.sites.max": 1, "travel.max_min": 65.0,
                           "limits.allow_unreachable": True, "travel.uptake_decay_per_mi": 0.00458})  # fmt: skip
    model = build_model(build_network(study))
    model.goal = pyo.Objective(expr=OBJECTIVES["total_cost"](model))
    assert text_of(model) == GOLDEN.read_text(encoding="utf-8")
