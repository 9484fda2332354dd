"""Figures of the report recomputed from the CSV files of the same folder, and the sentences word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from pages import read_report

from siting.words import money

if TYPE_CHECKING:
    from pathlib import Path

    from siting.plan.plan import Plan

    Made = tuple[Plan, Path]

VALUES = ("lost", "insurer")


@pytest.fixture(params=["one", "none", "staged", "unproven"])
def made(request: pytest.FixtureRequest) -> Path:
    """Return the folder of each plan in turn."""
    return request.getfixturevalue(request.param)[1]


def csv(folder: Path, table: str) -> pd.DataFrame:
    """Read a table of an output folder."""
    return pd.read_csv(
        folder / "tables" / f"{table}.csv", dtype={"site_id": str}, keep_default_na=False, na_values=[""]
    )


def cash(amount: float) -> str:
    """Write an amount as the report does."""
    return ("-" if amount < 0 else "") + money(abs(amount), "USD")


def plain(value: float, digits: int) -> str:
    """Write a number, a dash for none."""
    return "-" if value != value else f"{value:,.{digits}f}"


def test_plan_table(made: Path) -> None:
    """Every figure of every unit is that of openings.csv, in its order; sites are numbered as they first come."""
    head, *rows = read_report(made).table("Units and central plants")
    units = csv(made, "openings")
    sites = list(dict.fromkeys(units["site_id"]))
    assert len(rows) == len(units)
    for row, (_, unit) in zip(rows, units.iterrows(), strict=True):
        shown = dict(zip(head, row, strict=True))
        assert shown["No."] == str(sites.index(unit["site_id"]) + 1)
        assert shown["Site"].removesuffix(" *") == unit["name"]
        assert shown["Site"].endswith(" *") == unit["is_new_centre"]
        assert shown["Mode"] == unit["mode"]
        assert shown["Starts a year"] == plain(unit["starts_per_year"], 1)
        assert shown["Patients infused"] == plain(unit["patients_infused"], 1)
        share = unit["utilization"]
        assert shown["In use"] == ("-" if share != share else f"{100 * share:,.0f} %")
        assert shown["Investment"] == cash(unit["capex"])
        assert shown["Cost a year"] == cash(unit["cost_per_year"])
        if not unit["is_central"]:
            assert shown["Platforms"] == f"{unit['platforms']} x {unit['platform']}"


def test_sentences(made: Path) -> None:
    """Units, platforms, investment, patients, trip, days and cost in the three sentences are sums of the CSV files."""
    what, whom, cost = read_report(made).sentences()
    units, areas, costs, clock = (csv(made, name) for name in ("openings", "areas", "costs", "clock"))
    last = units[(units["period"] == units["period"].iloc[-1]) & ~units["is_central"]]
    if len(last):
        noun = "unit" if len(last) == 1 else "units"
        assert f"pen {len(last)} {noun} ({last['mode'].iloc[0]})" in what
        assert f" with {last['platforms'].sum()} platforms" in what
        assert f"investment is {cash(last['capex'].sum())}" in what
    else:
        assert what == "Open no unit at any hospital; central plants go on making all cells."
    infused = areas["infused"].sum()
    assert whom.startswith(f"That infuses {infused:,.0f} of {areas['demand'].sum():,.0f} patients a year")
    minutes = (areas["minutes"] * areas["referred"]).sum() / areas["referred"].sum()
    assert f"one-way trip of {minutes:,.0f} minutes" in whom
    assert f"a mean of {clock['vein_to_vein_d_mean'].iloc[0]:,.1f} days from vein to vein" in whom
    paid, whole = costs.loc[~costs["payer"].isin(VALUES), "weighted"].sum(), costs["weighted"].sum()
    priced = "" if cash(paid) == cash(whole) else f" with lost patients priced, {cash(paid)} without"
    assert cost.startswith(f"It costs {cash(whole)} a year{priced}, {cash(paid / infused)} for each infused patient")


def test_sentences_word_by_word(one: Made, none: Made) -> None:
    """All three sentences of tiny and of its plan without units, where README and hand arithmetic give every figure.

    The franchise of 3 platforms costs its host 200,000 + 3 x 100,000 = 500,000.

    Today 40 patients of A go to H1 (10 minutes), 20 of B to H1 (50), 30 of C to H2 (10), 10 of D to H2 (90): a mean of
    (400 + 1000 + 300 + 900) / 100 = 26. Vein to vein: 2 + 2 days on the way, 7 waiting, 7 process, 7 release, 3 for the
    bed = 28. A dose: 20,000 + vector 5,000 + two shipments 4,000 + travel 5 x 2 x 26 km x 10 = 2,600: 31,600.
    """
    what, whom, cost = read_report(none[1]).sentences()
    assert what == "Open no unit at any hospital; central plants go on making all cells."
    assert whom == (
        "That infuses 100 of 100 patients a year, against 100 in today's network, with a mean one-way trip of 26 "
        "minutes (26 today) and a mean of 28.0 days from vein to vein (28.0 today)."
    )
    assert cost == (
        "It costs USD 3.16 M a year, USD 31.6 k for each infused patient (USD 31.6 k today); proven optimal."
    )
    assert read_report(one[1]).sentences()[0] == (
        "Open 1 unit (franchise) with 3 platforms; the one-off investment is USD 500 k, none of it the manufacturer's."
    )


def test_gap_in_money(unproven: Made) -> None:
    """With a bound of nine tenths a tenth of the cost could still be saved, and the sentence says so."""
    plan, folder = unproven
    total = csv(folder, "costs")["weighted"].sum()
    sentence = read_report(folder).sentences()[2]
    assert sentence.endswith(
        "not proven optimal: at most 10.0 % from the best possible plan, so at most "
        f"{cash(0.1 * total)} a year could still be saved."
    )
    assert plan.status == "feasible"


def test_groups_and_regions(made: Path) -> None:
    """Each row of the tables by group and region is that of groups.csv."""
    reader, groups = read_report(made), csv(made, "groups").set_index("name")
    for caption in ("All patients", "By region"):
        head, *rows = reader.table(caption)
        for row in rows:
            shown, given = (
                dict(zip(["name", *head[1:]], row, strict=True)),
                groups.loc[groups.index.fillna("all") == row[0]],
            )
            [(_, group)] = given.iterrows()
            assert shown["Demand"] == plain(group["demand"], 1)
            for column, name in (("Mean trip", "minutes_mean"), ("p90", "minutes_p90"), ("Worst", "minutes_worst")):
                assert shown[column] == plain(group[name], 0)
            for column, name in (("Infused", "infused_share"), ("Referred nowhere", "unserved_share")):
                assert shown[column] == f"{100 * group[name]:,.1f} %"


def test_costs(made: Path) -> None:
    """Components, payers and their sums are those of costs.csv; the shares add up to the whole."""
    reader, costs = read_report(made), csv(made, "costs")
    sums = costs.groupby("component")["weighted"].sum()
    sums = sums[sums.abs() >= 0.5]
    shown = {
        row[0].split(" (a value")[0].replace(" ", "_"): row[1:]
        for row in reader.table("Cost a year by component")[1:-1]
    }
    assert {name: row[0] for name, row in shown.items()} == {name: cash(value) for name, value in sums.items()}
    assert reader.table("Cost a year by component")[-1][1] == cash(costs["weighted"].sum())
    head, *_, last = reader.table("Amounts a year by payer")
    paid = costs.groupby("payer")["amount_per_year"].sum()
    for payer, amount in zip(head[1:], last[1:], strict=True):
        assert amount == cash(paid[payer.split()[0].lower()])


def test_patients_and_clock(made: Path) -> None:
    """Patients by what becomes of them are sums of areas.csv and add up; the clock's rows are those of clock.csv."""
    reader, areas, clock = read_report(made), csv(made, "areas"), csv(made, "clock")
    shown = {row[0]: row[-1] for row in reader.table("Patients a year by what becomes")[1:]}
    names = {"infused": "infused", "lost: never served": "unmet", "lost: distance": "lost_distance",
             "lost: failed batches": "lost_quality", "lost: delay": "lost_delay", "in need": "demand"}  # fmt: skip
    assert shown == {name: plain(areas[column].sum(), 1) for name, column in names.items()}
    head, *rows = reader.table("Days from vein to vein")
    by_name = {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}
    for _, row in clock.iterrows():
        line = by_name["plan" if row["region"] != row["region"] else f"plan, {row['region']}"]
        assert line["Mean"] == plain(row["vein_to_vein_d_mean"], 1)
        assert line["Within 28 d"] == f"{100 * row['share_within_28_d']:,.1f} %"


def test_capacity(made: Path) -> None:
    """Starts, capacity, use and spare capacity of the last period are those of openings.csv."""
    _, *rows = read_report(made).table("Capacity and promised wait")
    units = csv(made, "openings")
    units = units[units["period"] == units["period"].iloc[-1]]
    for row, (_, unit) in zip(rows, units.iterrows(), strict=True):
        spare = unit["capacity_starts_per_year"] - unit["starts_per_year"]
        assert row[2:4] == [plain(unit["starts_per_year"], 1), plain(unit["capacity_starts_per_year"], 1)]
        assert row[5] == plain(max(spare, 0.0) if spare == spare else spare, 1)


def test_hosts(one: Made) -> None:
    """The host of tiny is paid and pays what openings.csv says, and keeps the rest."""
    units = csv(one[1], "openings")
    [unit] = [row for _, row in units.iterrows() if not row["is_central"]]
    [row] = read_report(one[1]).table("Books of the hosts")[1:]
    income, paid = unit["host_income_per_year"], unit["host_cost_per_year"]
    rest = income - paid
    assert row[2:] == [cash(income), cash(paid), ("+" if rest > 0 else "") + cash(rest)]


def test_bridge_adds_up(made: Path) -> None:
    """The last row of the bridge is the cost of a dose from costs.csv and areas.csv."""
    costs = csv(made, "costs")
    each = costs.loc[~costs["payer"].isin(VALUES), "weighted"].sum() / csv(made, "areas")["infused"].sum()
    assert read_report(made).table("Cost of one infused dose")[-1][2] == cash(each)


def test_products(staged: Made) -> None:
    """Two products, two periods (2 and 3 years), two even scenarios: patients of a mean year from trips.csv.

    Weight of a row = years of its period / 5 x 1/2; tiny has no discount.
    """
    trips = csv(staged[1], "trips")
    weight = trips["period"].map({"early": 2 / 5, "late": 3 / 5}) / 2
    referred = (trips["referred"] * weight).groupby(trips["product"]).sum()
    shown = {row[0]: row[1] for row in read_report(staged[1]).table("By product")[1:]}
    assert shown == {name: plain(value, 1) for name, value in referred.items()}
