"""CSV files and one Excel workbook: what a spreadsheet opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.export.fields import FIELDS, Field, fields_of, flat
from siting.export.manifest import manifest

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from siting.plan.plan import Plan

SHEET_ROWS = 1_048_576
"""Rows of an Excel sheet, the header included."""
FORMATS: dict[str, dict[str, Any]] = {
    "header": {"bold": True, "bg_color": "#E4ECF1", "bottom": 1},
    "title": {"bold": True, "font_size": 14},
    "bold": {"bold": True},
    "warning": {"bold": True, "font_color": "#9C2A00"},
    "good": {"bold": True, "font_color": "#1E5631"},
    "figure_text": {"text_wrap": True, "align": "left", "valign": "top"},
    "figure_large": {"num_format": "#,##0", "align": "left"},
    "figure_small": {"num_format": "0.####", "align": "left"},
    "plain": {},
    "boolean": {},
    "text": {"num_format": "@"},
    "integer": {"num_format": "#,##0"},
    "number": {"num_format": "#,##0.00"},
    "share": {"num_format": "0.0%"},
    "degrees": {"num_format": "0.00000"},
    **{unit: {"num_format": f'#,##0.0" {unit}"'} for unit in ("mi", "km", "min", "h", "d", "months")},
}


def write_csv(plan: Plan, folder: Path) -> None:
    """Write every result table as CSV (UTF-8, comma, no geometry) into a new folder.

    Parameters
    ----------
    plan : Plan
        The plan to write.
    folder : Path
        Folder to make.
    """
    folder.mkdir()
    for table in FIELDS:
        flat(plan, table).to_csv(folder / f"{table}.csv", index=False, encoding="utf-8", lineterminator="\n")


def write_workbook(plan: Plan, path: Path) -> None:
    """Write plan.xlsx: status and figures first, then one sheet for each table, then the data dictionary.

    A table longer than a sheet gets no sheet; the first sheet says so and names the CSV file that holds it.

    Parameters
    ----------
    plan : Plan
        The plan to write.
    path : Path
        File to write.
    """
    import xlsxwriter

    tables = {table: flat(plan, table) for table in FIELDS}
    too_long = [table for table, rows in tables.items() if len(rows) >= SHEET_ROWS]
    # Text stays text: a name that starts with "=" is no formula, and no id becomes a number or a link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        formats = {name: book.add_format(look) for name, look in FORMATS.items()}
        formats["money"] = book.add_format({"num_format": f'#,##0" {plan.network.currency}"'})
        _write_first(book.add_worksheet("plan"), plan, too_long, formats)
        for table, rows in tables.items():
            if table not in too_long:
                sheet = book.add_worksheet(table)
                _write_rows(sheet, rows, _column_formats(plan, table, rows), formats)
                _write_notes(sheet, plan, table, rows)
        _write_rows(book.add_worksheet("dictionary"), _dictionary(plan), ["text"] * 5, formats)


def _write_first(sheet: Worksheet, plan: Plan, too_long: list[str], formats: dict[str, Format]) -> None:
    run = manifest(plan)
    network = plan.network
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 1, 60)
    sheet.write_string(0, 0, network.name, formats["title"])
    sheet.write_string(1, 0, run["proof"], formats["good" if plan.status == "optimal" else "warning"])
    lines: list[tuple[str, Any]] = [(key, run[key]) for key in ("status", "objective", "bound", "gap", "runtime_s")]
    lines += [("money", f"{network.currency}, prices of {network.price_year}"), ("distances", network.distance_unit)]
    lines += [("features", ", ".join(run["features"]) or "none")]
    lines += [(f"{table}: too long for a sheet", f"see tables/{table}.csv") for table in too_long]
    lines += [("note", note) for note in network.notes]
    lines += [("", None), ("Key figures", None), *run["kpis"].items()]
    for row, (label, value) in enumerate(lines, start=3):
        sheet.write_string(row, 0, label, formats["bold"] if label == "Key figures" else None)
        _write_figure(sheet, row, value, formats)


def _write_figure(sheet: Worksheet, row: int, value: Any, formats: dict[str, Format]) -> None:
    if value is None:
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, 1, value, formats["figure_large" if abs(value) >= 1000 else "figure_small"])
        return
    if isinstance(value, dict):
        value = ", ".join(f"{key}: {item}" for key, item in value.items()) or "none"
    sheet.write_string(row, 1, str(value), formats["figure_text"])


def _column_formats(plan: Plan, table: str, rows: pd.DataFrame) -> list[str]:
    declared = {field.name: field for field in fields_of(plan, table)}
    return [_format_of(declared.get(str(name)), plan.network.currency) for name in rows.columns]


def _format_of(field: Field | None, currency: str) -> str:
    if field is None:
        return "plain"
    if field.unit.startswith(currency):
        return "money"
    return field.unit if field.unit in FORMATS and field.kind == "number" else field.kind


def _write_notes(sheet: Worksheet, plan: Plan, table: str, rows: pd.DataFrame) -> None:
    """Put meaning and unit of each column behind its header, shown when the pointer rests there."""
    for field in fields_of(plan, table):
        if field.name in rows:
            unit = f" Unit: {field.unit}." if field.unit else ""
            sheet.write_comment(0, rows.columns.get_loc(field.name), f"{field.description}{unit}", {"x_scale": 2})


def _dictionary(plan: Plan) -> pd.DataFrame:
    rows = [
        (table, field.name, field.kind, field.unit, field.description)
        for table in FIELDS
        for field in fields_of(plan, table)
    ]
    return pd.DataFrame(rows, columns=["table", "column", "type", "unit", "description"])


def _write_rows(sheet: Worksheet, rows: pd.DataFrame, looks: list[str], formats: dict[str, Format]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), max(0, len(rows.columns) - 1))
    for number, (name, look) in enumerate(zip(rows.columns, looks, strict=True)):
        values = rows[name]
        known = values.astype(object).where(values.notna(), None)
        shown = values.head(200).astype(str).str.len().max() if len(values) else 0
        sheet.set_column(number, number, float(min(60, max(8, len(str(name)) + 3, shown + 2))), formats[look])
        sheet.write_string(0, number, str(name), formats["header"])
        for row, value in enumerate(known, start=1):
            if value is not None:
                sheet.write(row, number, value)
