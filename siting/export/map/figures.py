"""The few figures that head the map, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from siting.words import listed, money, share

if TYPE_CHECKING:
    from siting.export.map.views import View
    from siting.plan.plan import Plan


def headline(plan: Plan) -> list[dict[str, str]]:
    """Return the figures a reader asks for first.

    Parameters
    ----------
    plan : Plan
        ``kpis`` are shown; nothing is computed again.

    Returns
    -------
    list of dict
        ``label``, ``value`` and ``note``, all text.
    """
    kpis, unit = plan.kpis, plan.network.distance_unit
    modes = listed(f"{count} {mode}" for mode, count in kpis["units_by_mode"].items())
    return [
        {"label": "Units", "value": str(kpis["units"]), "note": modes or "no hospital hosts one"},
        {
            "label": "Patients infused a year",
            "value": f"{kpis['patients_infused']:,.0f}",
            "note": f"{share(kpis['share_infused'])} of a demand of {kpis['patients_demand']:,.0f}",
        },
        {
            "label": "Mean one-way trip",
            "value": _figure(kpis[f"distance_{unit}_mean"], unit),
            "note": _figure(kpis["minutes_mean"], "minutes"),
        },
        {
            "label": "Vein to vein",
            "value": _figure(kpis["vein_to_vein_d_mean"], "days", 1),
            "note": "mean of the cells made",
        },
        _cost(plan),
        {"label": "Made in a central plant", "value": share(kpis["share_central"]), "note": _central_names(plan)},
    ]


def _cost(plan: Plan) -> dict[str, str]:
    """Return what the objective counts, and beside it what is paid."""
    kpis, currency = plan.kpis, plan.network.currency
    cost, paid, each = (
        kpis[name] for name in ("cost_per_year", "cost_without_lost_patients_per_year", "cost_per_infused")
    )
    without = money(paid, currency)
    has_price = money(cost, currency) != without
    notes = [*([f"{without} without"] if has_price else []),
             *([] if each is None else [f"{money(each, currency)} for an infused patient"])]  # fmt: skip
    label = "Cost a year, lost patients priced" if has_price else "Cost a year"
    return {"label": label, "value": money(cost, currency), "note": ", ".join(notes)}


def changes(plan: Plan, views: dict[str, View]) -> dict[str, Any]:
    """Return figures before and after, in words: ``rows`` (label, before, after) and ``note``; no rows without before.

    Parameters
    ----------
    plan : Plan
        Its distance unit is used.
    views : dict of str to View
        As `siting.export.map.views.views_of` returns them.
    """
    if "before" not in views:
        return {"rows": [], "note": ""}
    unit = plan.network.distance_unit
    columns = [
        (share(infused), share(unserved), _figure(far, unit), _figure(long, "min"), _figure(wait, "days", 1))
        for infused, unserved, far, long, wait in (
            [None if math.isnan(value) else value for value in views[key].figures] for key in ("before", "after")
        )
    ]
    labels = ("Infused, of demand", "Served nowhere, of demand", "Mean one-way trip", "Its time", "Vein to vein")
    return {"rows": list(zip(labels, *columns, strict=True)), "note": views["before"].note}


def _central_names(plan: Plan) -> str:
    central = plan.openings.loc[plan.openings["is_central"].to_numpy(dtype=bool), "name"]
    return listed(dict.fromkeys(central.astype(str))) or "no central plant is used"


def _figure(value: float | None, unit: str, digits: int = 0) -> str:
    return "unknown" if value is None else f"{value:,.{digits}f} {unit}"


def subtitle(plan: Plan) -> dict[str, str]:
    """Return the description of the study and the money that every amount is in."""
    network = plan.network
    description = plan.study.config.study.description if plan.study is not None else ""
    return {"description": description, "money": f"{network.currency}, prices of {network.price_year}"}
