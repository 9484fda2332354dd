"""The page about one hospital: text for the terminal, and one HTML page that prints well."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from siting.plan.proof import proof
from siting.study.folders import new_folder
from siting.whatif.limits_worth import BUDGET_STEP
from siting.whatif.page import heading, html_table, page, paragraph
from siting.words import count, listed, money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.whatif.explain import Explanation
    from siting.whatif.flips import Flip
    from siting.whatif.limits_worth import Worth

MOST_ROWS = 15
SURE = {
    "proven": "proven by solving both decisions on both sides",
    "checked": "by the best plans found on both sides; their gaps leave some doubt",
    "not settled": "not settled",
}


def explain_text(found: Explanation) -> str:
    """Return the explanation as text."""
    parts = [(title, lines) for title, lines, _ in _sections(found)]
    return "\n\n".join("\n".join([title, *(f"  {line}" for line in lines)]) for title, lines in parts) + "\n"


def explain_page(found: Explanation) -> str:
    """Return the explanation as a page that stands alone."""
    parts = []
    for title, lines, table in _sections(found):
        parts += [heading(title), *(paragraph(line) for line in lines)]
        if table is not None and table[1]:
            parts.append(html_table(table[0], table[1]))
    place = ", ".join(str(found.hospital[name]) for name in ("city", "region") if str(found.hospital[name]))
    note = f"{found.plan.name}. {place + '. ' if place else ''}{proof(found.plan)}."
    return page(f"{found.name} [{found.site}]", [paragraph(note, "note"), *parts])


def write_explanation(found: Explanation, folder: str | Path) -> Path:
    """Write explain.html, explain.txt and the tables areas.csv, hospitals.csv, units.csv into a new folder.

    Raises
    ------
    StudyError
        If the folder holds something.
    """
    with new_folder(folder) as draft:
        (draft / "explain.html").write_text(explain_page(found), encoding="utf-8")
        (draft / "explain.txt").write_text(explain_text(found), encoding="utf-8")
        for name in ("areas", "hospitals", "units"):
            getattr(found, name).to_csv(draft / f"{name}.csv", index=False)
    return Path(folder)


_Section = tuple[str, list[str], "tuple[list[str], list[list[str]]] | None"]


def _sections(found: Explanation) -> Iterator[_Section]:
    yield "The decision", list(_decision(found)), None
    if found.price is None:
        return
    yield ("Which patients it would lose" if found.is_open else "Which patients it would take"), *_patients(found)
    yield "Which hospitals and units would feel it", *_neighbours(found)
    yield "What would change the decision", [_flip_words(found, flip) for flip in found.flips], None
    yield (
        "What the rules of the study cost",
        [_worth_words(found, worth) for worth in found.limits]
        or ["The study sets no limit on numbers, budget, travel or service."],
        None,
    )
    yield "How sure this is", list(_sure(found)), None


def _cash(found: Explanation, amount: float) -> str:
    return money(amount, found.plan.network.currency)


def _decision(found: Explanation) -> Iterator[str]:
    other = "without one" if found.is_open else "with one"
    if found.is_open:
        rows = found.plan.openings[found.plan.openings["site_id"] == found.site].iloc[-1]
        yield (
            f"The plan opens a unit at {found.name}: {rows['mode']}, {rows['platforms']} x {rows['platform']}, for "
            f"{rows['patients_made']:,.0f} patients a year."
        )
    else:
        yield f"The plan opens no unit at {found.name}."
    price = found.price
    if price is None:
        yield f"No plan {other} is possible: {found.replanned.failure or found.kept.failure}."
        return
    least, known, most = price
    if not found.is_restriction:
        yield "The study itself settles this decision (status, can_host or may_close of the hospital)."
    if known < -0.5:
        yield f"The best plan {other} is cheaper by {_cash(found, -known)} a year: the study, or the gap, kept it away."
    elif known <= 0.5:
        yield f"The best plan {other} that was found costs the same."
    else:
        yield f"The best plan {other} that was found costs {_cash(found, known)} a year more."
    yield f"The true price of that decision lies between {_end(found, least)} and {_end(found, most)} a year."
    for result, how in ((found.kept, "all other units as planned"), (found.replanned, "all other units chosen again")):
        extra = "no plan" if result.found is None else _more(found, result.found.objective)
        if result is found.replanned and _is_dearer(found):
            extra = "nothing cheaper was found in the time"
        yield f"With {how}: {extra}."
    if not found.is_open and found.shown is not None:
        units = found.shown.openings[found.shown.openings["site_id"] == found.site]
        if len(units):
            row = units.iloc[-1]
            yield f"It would be a {row['mode']} unit with {row['platforms']} x {row['platform']}."


def _is_dearer(found: Explanation) -> bool:
    """Say whether planning anew, which may do all that the kept plan does, ended before it found as much."""
    kept, anew = found.kept.found, found.replanned.found
    return kept is not None and anew is not None and anew.objective > kept.objective


def _more(found: Explanation, objective: float) -> str:
    extra = (objective - found.plan.objective) / float(found.plan.network.slices["weight"].sum())
    return f"{_cash(found, abs(extra))} a year {'more' if extra >= 0 else 'less'}"


def _end(found: Explanation, amount: float) -> str:
    return _cash(found, amount) if math.isfinite(amount) else "an unknown sum"


def _patients(found: Explanation) -> tuple[list[str], tuple[list[str], list[list[str]]]]:
    rows = found.areas
    verb = "leave" if found.is_open else "come to"
    moved = float(rows["patients"].abs().sum()) if len(rows) else 0.0
    lines = [
        f"With the other units as planned, {moved:,.1f} patients a year from {count(len(rows), 'area')} would {verb} "
        f"{found.name}." if len(rows) else "No patients would travel elsewhere; only the making would move."
    ]  # fmt: skip
    if len(rows) > MOST_ROWS:
        lines.append(f"The {MOST_ROWS} largest are shown; areas.csv lists all.")
    where = "they would go to" if found.is_open else "they go today to"
    table = [[row.name, f"{abs(row.patients):,.1f}", row.others or "stay untreated"]
             for row in rows.head(MOST_ROWS).itertuples(index=False)]  # fmt: skip
    return lines, (["area", "patients a year", where], table)


def _neighbours(found: Explanation) -> tuple[list[str], tuple[list[str], list[list[str]]]]:
    head = ["", "what", "as planned", "other decision", "change"]
    table = [
        [str(row.name), what, f"{row.before:,.1f}", f"{row.after:,.1f}", f"{row.after - row.before:+,.1f}"]
        for what, rows in (("patients treated", found.hospitals), ("patients made", found.units))
        for row in rows.itertuples(index=False)
    ]
    losers = [f"{row[0]} ({row[4]} {row[1]})" for row in table if row[4].startswith("-") and row[0] != found.name]
    words = f"Would lose: {listed(losers[:6])}." if losers else "No other hospital or unit would lose patients."
    return [words], (head, table[: 2 * MOST_ROWS])


def _flip_words(found: Explanation, flip: Flip) -> str:
    name = {"demand": "Patients of the areas it would serve", "platform price": "Price of platforms and setup",
            "fee": "Fees to the host", "subsidy": "A yearly sum"}[flip.figure]  # fmt: skip
    if flip.note:
        return f"{name}: {flip.note}."
    if flip.figure == "subsidy":
        return _subsidy_words(found, flip)
    if flip.flips is None or flip.stays is None:
        return (
            f"{name}: no value up to {flip.end:g} times today's changes the decision ({SURE[flip.proof]})."
            if flip.end > 1
            else f"{name}: not even {flip.end:g} times today's changes the decision ({SURE[flip.proof]})."
        )
    return (
        f"{name}: at {flip.stays:.2f} times today's the decision stays, at {flip.flips:.2f} times it changes "
        f"({SURE[flip.proof]})."
    )


def _subsidy_words(found: Explanation, flip: Flip) -> str:
    who = "What somebody would have to pay to be without it" if found.is_open else "A subsidy for the unit"
    if not math.isfinite(flip.end):
        return f"{who}: unknown, as nothing is proven about the plan."
    least, free = flip.stays or 0.0, "A lump sum moves no patients, so this needs no further solve."
    if least <= 0.0:
        return (
            f"{who}: from {_cash(found, flip.end)} a year on the decision changes; whether it takes anything at all, "
            f"the gaps leave open (--gap narrows them). {free}"
        )
    return (
        f"{who}: below {_cash(found, least)} a year the decision stays, from {_cash(found, flip.end)} a year on it "
        f"changes; between the two the gaps leave it open. {free}"
    )


def _worth_words(found: Explanation, worth: Worth) -> str:
    step = f"{BUDGET_STEP:.0%} more budget" if worth.key == "limits.budget" else f"{worth.relaxed:g} instead"
    saved = f"saves {_cash(found, worth.worth)} a year" if worth.worth > 0.5 else "saves nothing that was found"
    open_ = f" (at most {_cash(found, worth.at_most)})" if math.isfinite(worth.at_most) else ""
    return f"{worth.key} = {worth.value:g}: {step} {saved}{open_}."


def _sure(found: Explanation) -> Iterator[str]:
    yield f"The plan: {proof(found.plan).lower()}."
    if found.replanned.found is not None:
        yield f"The plan with the other decision: {proof(found.replanned.found).lower()}."
    yield (
        "Every figure is from solving the study again, with the other decision forced. This is planning support: it "
        "gives no clinical, legal or regulatory advice, and many inputs are assumptions."
    )
