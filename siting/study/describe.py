"""What `siting check` shows of a study, so that a wrong column is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siting.errors import Problem, StudyError
from siting.study.assumptions import unit_shown
from siting.study.columns import TABLES
from siting.study.validate import row_labels

if TYPE_CHECKING:
    import pandas as pd

    from siting.study.columns import Column
    from siting.study.study import Study


def describe_data(study: Study) -> dict[str, Any]:
    """Return counts, units, smallest and largest values of a study, fit for JSON.

    Returns
    -------
    dict
        ``name, description, folder, currency, price_year, distance_unit, notes``; ``changes`` made; ``scenarios``: by
        name ``description`` and ``changes``, which were tried; ``tables``: for each its ``file, crs, rows,
        rows_in_file, ignored`` columns and ``columns``: by name ``unit``, ``unknown`` (empty cells) and, for numbers,
        ``min, min_id, max, max_id``; for yes/no and words ``counts``.

    Raises
    ------
    StudyError
        If a scenario cannot be made.
    """
    settings = study.config.study
    return {
        "name": study.name,
        "description": settings.description,
        "folder": str(study.folder),
        "currency": settings.currency,
        "price_year": settings.price_year,
        "distance_unit": settings.distance_unit,
        "changes": list(study.changes),
        "scenarios": _scenarios(study),
        "notes": list(study.notes),
        "tables": {name: _table(study, name) for name in study.tables},
    }


def _scenarios(study: Study) -> dict[str, Any]:
    """Return every scenario with its changes; those not made yet are tried, and all that is wrong with them is said."""
    problems: list[Problem] = []
    for name in study.config.scenario:
        try:
            if not any(record.startswith(f"scenario {name}: ") for record in study.changes):
                study.scenario(name)
        except StudyError as error:
            problems += [Problem(f"scenario {name}", str(problem)) for problem in error.problems]
    if problems:
        raise StudyError(problems)
    return {
        name: {"description": section.description, "changes": list(section.set)}
        for name, section in study.config.scenario.items()
    }


def _table(study: Study, name: str) -> dict[str, Any]:
    frame, origin = study.tables[name], study.origins[name]
    labels = row_labels(frame, TABLES[name].key)
    return {
        "file": origin.file,
        "crs": origin.crs,
        "rows": len(frame),
        "rows_in_file": origin.rows_in_file,
        "ignored": list(origin.ignored),
        "columns": {
            column.name: {"unit": unit_shown(column.unit, study.config), **_column(frame[column.name], column, labels)}
            for column in TABLES[name].columns
            if column.kind in {"number", "integer", "boolean"} or column.choices
        },
    }


def _column(values: pd.Series, column: Column, labels: pd.Series) -> dict[str, Any]:
    unknown = int(values.isna().sum())
    if column.kind == "boolean" or column.choices:
        unknown += int((values == "").sum())
        counts = values[values != ""].astype(str).value_counts()
        return {"unknown": unknown, "counts": {str(word): int(count) for word, count in counts.items()}}
    if unknown == len(values):
        return {"unknown": unknown}
    low, high = int(values.argmin()), int(values.argmax())
    return {
        "unknown": unknown,
        "min": float(values.iloc[low]), "min_id": str(labels.iloc[low]),
        "max": float(values.iloc[high]), "max_id": str(labels.iloc[high]),
    }  # fmt: skip


def describe(study: Study) -> str:
    """Return the same as text: one paragraph a table, one line a column."""
    data = describe_data(study)
    lines = [
        f"{data['name']}: {data['description']}" if data["description"] else data["name"],
        f"read from {data['folder']}; amounts in {data['currency']} of {data['price_year']}; distances in "
        f"{data['distance_unit']}",
    ]
    if data["changes"]:
        lines += ["", "changed:", *(f"  {change}" for change in data["changes"])]
    if data["scenarios"]:
        lines += ["", "scenarios (--scenario):"]
    for name, scenario in data["scenarios"].items():
        lines.append(f"  {name}{': ' if scenario['description'] else ''}{scenario['description']}")
        lines += [f"    {change}" for change in scenario["changes"]]
    for name, table in data["tables"].items():
        rows = f"{table['rows']:,} rows"
        if table["rows"] != table["rows_in_file"]:
            rows += f" of {table['rows_in_file']:,}"
        crs = f", places in {table['crs']}" if table["crs"] else ""
        lines += ["", f"{name}: {rows}, {table['file']}{crs}"]
        lines += [f"  {column:<28}{_line(entry)}" for column, entry in table["columns"].items()]
        if table["ignored"]:
            lines.append(f"  ignored columns: {', '.join(table['ignored'])}")
    return "\n".join(lines) + "\n"


def _line(entry: dict[str, Any]) -> str:
    if "counts" in entry:
        parts = [", ".join(f"{count:,} {word}" for word, count in entry["counts"].items())]
    elif "min" not in entry:
        parts = ["all unknown"]
    elif entry["min"] == entry["max"]:
        parts = [f"{_number(entry['min'])} {entry['unit']}".strip()]
    else:
        parts = [f"{_number(entry['min'])} ({entry['min_id']}) to {_number(entry['max'])} ({entry['max_id']}) "
                 f"{entry['unit']}".strip()]  # fmt: skip
    if entry["unknown"] and parts != ["all unknown"]:
        parts.append(f"{entry['unknown']:,} unknown")
    return "; ".join(part for part in parts if part)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.6g}"
