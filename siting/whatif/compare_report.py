"""A comparison of plans as text, page, CSV, difference map and GeoPackage."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.export.difference import Difference, difference_page, write_difference_layers
from siting.plan.proof import proof
from siting.study.folders import new_folder
from siting.whatif.compare import ADDED, CHANGED, DROPPED, GAINED, LONGER, LOST, MEASURES, SHORTER
from siting.whatif.page import heading, html_table, page, paragraph, text_table
from siting.words import count, listed, money, share, some

if TYPE_CHECKING:
    from collections.abc import Callable

    from siting.plan.plan import Plan
    from siting.whatif.compare import PlanComparison

    Write = Callable[[Any], str]

NAMED = 5
"""Sites that a sentence names; the rest are counted."""
_ABOUT = (
    "Travel: one-way minutes; waiting: days from vein to vein. All patients of an area count with their area's mean; "
    "patients are those of a mean year in the later plan's data. Before and after are means over the patients whom "
    "both plans serve."
)
_UNIT = {"travel": "min", "waiting": "d"}
_GAINS_HEAD = ("who", "patients", "shorter", "longer", "same", "newly served", "no longer", "before", "after", "change")
_SITE_HEAD = ("site", "city", "change", "before", "after", "starts before", "starts after")


def compare_text(comparison: PlanComparison) -> str:
    """Return the comparison in words and figures, as Markdown."""
    parts = [f"# {_title(comparison)}"]
    for name in comparison.names[1:]:
        lines = "\n".join(f"- {words}" for words in words_of(comparison, name))
        parts += [f"## {_against(comparison, name)}", lines]
    parts += ["## Key figures", text_table(*_figures(comparison)), "\n".join(_proofs(comparison))]
    for name in comparison.names[1:]:
        sites = _site_lines(comparison, name)
        parts += [f"## Sites: {_against(comparison, name)}", text_table(_SITE_HEAD, sites) if sites else "No units."]
        parts += [f"## Who gains and loses: {_against(comparison, name)}", _ABOUT]
        for measure in MEASURES.values():
            parts.append(text_table((measure, *_GAINS_HEAD[1:]), _gain_lines(comparison, name, measure)))
    return "\n\n".join(parts) + "\n"


def compare_page(comparison: PlanComparison) -> str:
    """Return the same as a page."""
    return page(_title(comparison), _parts(comparison))


def compare_fragment(comparison: PlanComparison) -> str:
    """Return words and key figures as HTML, for a notebook."""
    head, rows = _figures(comparison)
    words = [paragraph(line) for name in comparison.names[1:] for line in words_of(comparison, name)]
    return "\n".join([*words, html_table(head, rows), *(paragraph(line) for line in _proofs(comparison))])


def write_comparison(comparison: PlanComparison, folder: str | Path) -> Path:
    """Write a comparison into a new folder.

    Files: ``compare.html`` and ``compare.md`` (words and figures), ``difference.html`` (map without network),
    ``difference.gpkg`` (layers area_changes and site_changes), ``compare.json``, and ``kpis.csv, sites.csv, areas.csv,
    gains.csv``.

    Raises
    ------
    StudyError
        If the folder holds something.
    """
    difference = _difference(comparison)
    with new_folder(folder) as draft:
        for name in ("kpis", "sites", "areas", "gains"):
            table = pd.DataFrame(getattr(comparison, name)).drop(columns="geometry", errors="ignore")
            table.to_csv(draft / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
        texts = {
            "compare.md": compare_text(comparison),
            "compare.html": compare_page(comparison),
            "difference.html": difference_page(difference),
            "compare.json": json.dumps(comparison.record(), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
        }
        for name, text in texts.items():
            (draft / name).write_text(text, encoding="utf-8")
        write_difference_layers(difference, draft / "difference.gpkg")
    return Path(folder)


def _difference(comparison: PlanComparison) -> Difference:
    later, plans = comparison.names[1:], zip(comparison.names, comparison.plans, strict=True)
    return Difference(
        comparison.plans[0],
        comparison.names,
        comparison.areas,
        comparison.sites,
        {name: words_of(comparison, name) for name in later},
        {name: proof(plan) for name, plan in plans},
    )


def words_of(comparison: PlanComparison, name: str) -> list[str]:
    """Return in sentences what changes from the first plan to a later one: sites, money, patients, travel, waiting."""
    before, after = comparison.plans[0], comparison.plans[comparison.names.index(name)]
    lines = [_site_words(comparison, name), _money_words(comparison, before, after, name)]
    infused = after.kpis["patients_infused"] - before.kpis["patients_infused"]
    if abs(infused) >= 0.05:
        lines.append(f"It infuses {_more(infused)} a year.")
    lines += [_gain_words(comparison, name, measure) for measure in MEASURES.values()]
    return [line for line in lines if line]


def _site_words(comparison: PlanComparison, name: str) -> str:
    sites = comparison.sites
    own = sites[(sites["plan"] == name) & ~sites["is_central"]]
    said = []
    for change, verb in ((ADDED, "adds"), (DROPPED, "drops"), (CHANGED, "changes")):
        places = own.loc[own["change"] == change, "name"].tolist()
        if places:
            said.append(f"{verb} {count(len(places), 'unit')} ({_named(places)})")
    kept = int((own["change"] == "kept").sum())
    if not said:
        return f"{name} has the same units as {comparison.names[0]} ({count(kept, 'unit')})."
    as_is = f" It keeps {count(kept, 'unit')} as {'it is' if kept == 1 else 'they are'}." if kept else ""
    return f"{name} {listed(said)}.{as_is}"


def _named(places: list[str]) -> str:
    more = len(places) - NAMED
    return listed([*places[:NAMED], *([f"{more} more"] if more > 0 else [])])


def _money_words(comparison: PlanComparison, before: Plan, after: Plan, name: str) -> str:
    currency = after.network.currency
    change = after.kpis["cost_per_year"] - before.kpis["cost_per_year"]
    scale = max(abs(before.kpis["cost_per_year"]), 1.0)
    if abs(change) <= 1e-9 * scale:
        return "The cost a year, lost patients priced, is the same."
    less = "more" if change > 0 else "less"
    first = f"It costs {money(abs(change), currency)} a year {less}, lost patients priced"
    open_ = comparison.undecided(name)
    if open_ is None or open_ <= 1e-9 * scale:
        return f"{first}."
    if open_ >= abs(change):
        return f"{first}; the gaps of the two solves leave {money(open_, currency)} open, so the order is not proven."
    return f"{first}; the gaps of the two solves leave {money(open_, currency)} of that open."


def _gain_words(comparison: PlanComparison, name: str, measure: str) -> str:
    rows = comparison.gains
    row = rows[(rows["plan"] == name) & (rows["measure"] == measure) & (rows["by"] == "all")].iloc[0]
    verbs = {"travel": ("has a shorter trip", "have a shorter trip", "has a longer one", "have a longer one"),
             "waiting": ("waits less", "wait less", "waits longer", "wait longer")}[measure]  # fmt: skip
    if not row[[SHORTER, LONGER, GAINED, LOST]].any():
        return {"travel": "Nobody's trip changes.", "waiting": "Nobody's wait changes."}[measure]
    said = [
        f"{_patients(row[SHORTER])} {_form(row[SHORTER], *verbs[:2])}",
        f"{_number(row[LONGER])} {_form(row[LONGER], *verbs[2:])}",
    ]
    if measure == "travel":
        for change, words in ((GAINED, "newly served"), (LOST, "served no longer")):
            if row[change] > 0:
                said.append(f"{_number(row[change])} {_is(row[change])} {words}")
    text = f"{listed(said)} (of {_patients(row['patients'])} a year)"
    if math.isfinite(row["change"]) and abs(row["change"]) >= 0.05:
        text += f"; the mean goes from {row['before']:,.1f} to {row['after']:,.1f} {_UNIT[measure]}"
    return f"{text[0].upper()}{text[1:]}."


def _number(patients: float) -> str:
    return "none" if patients <= 0 else some(patients)


def _patients(patients: float) -> str:
    if patients <= 0:
        return "no patients"
    return f"{some(patients)} patient{'' if _is_one(patients) else 's'}"


def _more(patients: float) -> str:
    """Return "3 more patients", "1 patient fewer"."""
    word = "more" if patients > 0 else "fewer"
    number = some(abs(patients))
    return f"{number} patient {word}" if _is_one(abs(patients)) else f"{number} {word} patients"


def _is_one(patients: float) -> bool:
    return patients > 0 and some(patients) in {"1", "under 1"}


def _form(patients: float, one: str, many: str) -> str:
    return one if _is_one(patients) else many


def _is(patients: float) -> str:
    return _form(patients, "is", "are")


def _title(comparison: PlanComparison) -> str:
    return f"{listed(comparison.names[1:])} against {comparison.names[0]}"


def _against(comparison: PlanComparison, name: str) -> str:
    return f"{name} against {comparison.names[0]}"


def _proofs(comparison: PlanComparison) -> list[str]:
    return [f"{name}: {proof(plan)}." for name, plan in zip(comparison.names, comparison.plans, strict=True)]


def _parts(comparison: PlanComparison) -> list[str]:
    parts = []
    for name in comparison.names[1:]:
        parts += [heading(_against(comparison, name)), *(paragraph(line) for line in words_of(comparison, name))]
    head, rows = _figures(comparison)
    parts += [
        heading("Key figures"),
        html_table(head, rows),
        *(paragraph(line, "note") for line in _proofs(comparison)),
    ]
    for name in comparison.names[1:]:
        sites = _site_lines(comparison, name)
        parts.append(heading(f"Sites: {_against(comparison, name)}"))
        parts.append(html_table(_SITE_HEAD, sites, kind="words") if sites else paragraph("No units."))
        parts += [heading(f"Who gains and loses: {_against(comparison, name)}"), paragraph(_ABOUT, "note")]
        for measure in MEASURES.values():
            lines = _gain_lines(comparison, name, measure)
            parts.append(html_table((measure, *_GAINS_HEAD[1:]), lines, strong=("all",)))
    return parts


def _figures(comparison: PlanComparison) -> tuple[list[str], list[list[str]]]:
    """Return head and lines of the key figures; what no plan has is left out."""
    names, currency = comparison.names, comparison.plans[0].network.currency
    unit = comparison.plans[0].network.distance_unit

    def cash(value: float) -> str:
        return money(value, currency)

    shown: list[tuple[str, str, Write]] = [
        ("units", "units", _whole),
        *_nested(comparison, "units_by_mode"),
        ("platforms", "platforms", _whole),
        ("new treatment centres", "new_centres", _whole),
        ("investment", "capex", cash),
        ("- of it the manufacturer's", "capex_manufacturer", cash),
        ("cost a year, lost patients priced", "cost_per_year", cash),
        ("without lost patients", "cost_without_lost_patients_per_year", cash),
        ("per infused patient", "cost_per_infused", cash),
        ("patients a year", "patients_demand", _one),
        ("infused", "patients_infused", _one),
        ("lost: never served", "patients_unmet", _one),
        ("lost: distance", "patients_lost_distance", _one),
        ("lost: failed batches", "patients_lost_quality", _one),
        ("lost: delay", "patients_lost_delay", _one),
        ("mean trip, min", "minutes_mean", _one),
        ("p90 trip, min", "minutes_p90", _one),
        ("worst trip, min", "minutes_worst", _one),
        (f"mean trip, {unit}", f"distance_{unit}_mean", _one),
        ("vein to vein, mean d", "vein_to_vein_d_mean", _one),
        ("vein to vein, p90 d", "vein_to_vein_d_p90", _one),
        ("made centrally", "share_central", share),
        ("capacity in use", "utilization", share),
        ("status", "status", str),
        ("gap", "gap", lambda value: f"{value:.2%}"),
    ]
    table = comparison.kpis.set_index("figure")
    lines = []
    for label, figure, write in shown:
        row = table.loc[figure]
        if row[list(names)].isna().all():
            continue
        changes = [row[f"change: {name}"] for name in names[1:]]
        cells = [_cell(row[name], write) for name in names]
        signed = [_cell(value, write, signed=True) for value in changes] if figure != "gap" else [""] * len(changes)
        lines.append([label, *cells, *signed])
    heads = ["change"] if len(names) == 2 else [f"change: {name}" for name in names[1:]]
    return ["figure", *names, *heads], lines


def _nested(comparison: PlanComparison, figure: str) -> list[tuple[str, str, Write]]:
    names = [name for name in comparison.kpis["figure"] if name.startswith(f"{figure}: ")]
    return [(f"- {name.partition(': ')[2]}", name, _whole) for name in names]


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _one(value: float) -> str:
    return f"{value:,.1f}"


def _cell(value: Any, write: Write, *, signed: bool = False) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "" if signed else "-"
    if not signed:
        return write(value)
    text = write(abs(value))
    return text if text == write(0.0) or text == "under 0.1%" else f"{'+' if value > 0 else '-'}{text}"


def _site_lines(comparison: PlanComparison, name: str) -> list[list[str]]:
    sites = comparison.sites[comparison.sites["plan"] == name]
    order = {ADDED: 0, DROPPED: 1, CHANGED: 2}
    rows = sites.assign(order=[order.get(change, 3) for change in sites["change"]]).sort_values(
        ["is_central", "order", "starts_after"], ascending=[True, True, False], kind="stable"
    )
    return [
        [f"{row.name} [{row.site_id}]", row.city, row.change, row.before or "-", row.after or "-",
         _whole(row.starts_before), _whole(row.starts_after)]
        for row in rows.itertuples(index=False)
    ]  # fmt: skip


def _gain_lines(comparison: PlanComparison, name: str, measure: str) -> list[list[str]]:
    rows = comparison.gains
    own = rows[(rows["plan"] == name) & (rows["measure"] == measure)]
    lines = []
    for row in own.to_dict("records"):
        who = "all" if row["by"] == "all" else f"{row['by']} {row['name']}"
        patients = [_one(row[column]) for column in ("patients", SHORTER, LONGER, "same", GAINED, LOST)]
        means = ["-" if math.isnan(row[column]) else _one(row[column]) for column in ("before", "after")]
        change = "-" if math.isnan(row["change"]) else f"{row['change']:+,.1f}"
        lines.append([who, *patients, *means, change])
    return lines
