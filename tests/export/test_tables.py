"""CSV files and the workbook, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from openpyxl import load_workbook

from siting.export import tables
from siting.export.fields import FIELDS, typed
from siting.export.tables import write_csv, write_workbook
from tests.export.fake_plan import EVIL, fake_plan

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace

    from openpyxl import Workbook


@pytest.fixture
def book(plan: SimpleNamespace, tmp_path: Path) -> Workbook:
    """Write and open the workbook of the small plan."""
    write_workbook(plan, tmp_path / "plan.xlsx")
    return load_workbook(tmp_path / "plan.xlsx")


def test_csv_keeps_ids_and_drops_geometry(plan: SimpleNamespace, tmp_path: Path) -> None:
    """One file for each table; ids keep their zeros as text; points stay as lon and lat."""
    write_csv(plan, tmp_path / "tables")
    assert {path.stem for path in (tmp_path / "tables").iterdir()} == set(FIELDS)
    openings = pd.read_csv(tmp_path / "tables" / "openings.csv", dtype={"site_id": str})
    assert openings["site_id"].tolist() == ["001", "002", "C1"]
    assert openings["name"][1] == EVIL
    assert {"lon", "lat"} <= set(openings.columns)
    assert "geometry" not in openings.columns
    assert "001," in (tmp_path / "tables" / "openings.csv").read_text(encoding="utf-8")


def test_undeclared_columns_pass(plan: SimpleNamespace, tmp_path: Path) -> None:
    """A column that a plan adds is written behind the declared ones."""
    plan.costs["share"] = [0.1, 0.9]
    write_csv(plan, tmp_path / "tables")
    assert pd.read_csv(tmp_path / "tables" / "costs.csv").columns[-1] == "share"
    write_workbook(plan, tmp_path / "plan.xlsx")
    assert load_workbook(tmp_path / "plan.xlsx")["costs"]["F2"].value == 0.1


def test_text_in_a_number_is_refused(plan: SimpleNamespace) -> None:
    """A table that breaks its declaration is an error, not a column of text."""
    plan.costs["weight"] = ["one", "two"]
    with pytest.raises(ValueError, match="could not convert"):
        typed(plan, "costs")


def test_first_sheet_says_how_good_the_plan_is(book: Workbook) -> None:
    """Name, proof, status, gap and key figures stand on the first sheet; an unknown figure stays empty."""
    sheet = book["plan"]
    assert book.sheetnames[0] == "plan"
    assert sheet["A1"].value == "Squares & circles"
    assert sheet["A2"].value == "Not proven optimal: at most 2.80 % from the best possible plan"
    lines = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=4) if row[0].value}
    assert lines["status"] == "feasible"
    assert lines["gap"] == pytest.approx(0.028, abs=1e-6)
    assert lines["units"] == 2
    assert lines["units_by_mode"] == "owned: 1, franchise: 1"
    assert lines["unknown"] is None


def test_sheets_read_back(book: Workbook) -> None:
    """Ids are text, numbers numbers, flags booleans; a name that looks like a formula stays a name."""
    assert set(FIELDS) < set(book.sheetnames)
    header, *body = book["candidates"].iter_rows(values_only=True)
    rows = [dict(zip(header, row, strict=True)) for row in body]
    assert [row["site_id"] for row in rows] == ["001", "002", "003", "004", "005", "C1"]
    assert rows[2]["name"] == "=1+1 Clinic"
    assert book["candidates"]["B4"].data_type == "s"
    assert rows[2]["beds"] is None
    assert rows[0]["is_open"] is True


def test_sheets_are_made_for_reading(book: Workbook) -> None:
    """Header frozen and filtered, money and shares formatted."""
    sheet = book["openings"]
    columns = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, sheet.max_column).column_letter}4"
    assert sheet.column_dimensions[columns["utilization"]].width >= 8
    assert sheet[f"{columns['utilization']}2"].number_format == "0.0%"
    assert sheet[f"{columns['capex']}2"].number_format == '#,##0" USD"'
    assert sheet[f"{columns['vein_to_vein_d']}2"].number_format == '#,##0.0" d"'
    assert sheet[f"{columns['capex']}1"].comment.text == "One-off investment, whole. Unit: USD 2025."


def test_dictionary_describes_every_column(book: Workbook) -> None:
    """Each declared column has a row with its unit; the distance column carries the study's unit."""
    rows = {(row[0].value, row[1].value): row[3].value for row in book["dictionary"].iter_rows(min_row=2)}
    assert rows["areas", "distance_mi"] == "mi"
    assert rows["openings", "capex"] == "USD 2025"
    assert len(rows) == sum(len(fields) for fields in FIELDS.values())


def test_table_longer_than_a_sheet_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel has a last row: a longer table is left to its CSV file, and the first sheet says so."""
    monkeypatch.setattr(tables, "SHEET_ROWS", 9)
    write_workbook(fake_plan(), tmp_path / "plan.xlsx")
    book = load_workbook(tmp_path / "plan.xlsx")
    lines = {row[0].value: row[1].value for row in book["plan"].iter_rows()}
    assert lines["areas: too long for a sheet"] == "see tables/areas.csv"
    assert "areas" not in book.sheetnames
    assert "openings" in book.sheetnames
