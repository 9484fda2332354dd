"""Column types that a format cannot hold are converted and said, never dropped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

HOLDS_ALL = frozenset({"boolean", "datetime"})
"""Types beside text and numbers that GeoPackage, FlatGeobuf and GeoParquet hold."""
RESERVED = ("fid", "ogc_fid", "geom", "geometry")
"""Column names that formats keep for themselves."""


@dataclass(frozen=True)
class Change:
    """A column that a file holds under another name or type.

    Attributes
    ----------
    layer, column : str
        Where it is.
    name : str
        Its name in the file.
    what : str
        How its values are written.
    """

    layer: str
    column: str
    name: str
    what: str

    def __str__(self) -> str:
        called = f" as {self.name}" if self.name != self.column else ""
        return f"{self.layer}.{self.column}{called}: {self.what}"


def converted(
    rows: gpd.GeoDataFrame, layer: str, holds: Collection[str], width: int | None = None
) -> tuple[gpd.GeoDataFrame, list[Change]]:
    """Return rows with names and types that a format holds, and what was changed.

    Parameters
    ----------
    rows : GeoDataFrame
        Stays as it is.
    layer : str
        Name of the layer, for the record.
    holds : collection of {"boolean", "datetime"}
        Types that the format has beside text, integers and numbers.
    width : int, optional
        Longest column name.

    Returns
    -------
    tuple of GeoDataFrame and list of Change
        Truth values become 1 and 0, times ISO 8601 text, lists and mappings JSON, other objects text.
    """
    active = rows.geometry.name
    columns: dict[str, Any] = {}
    changes = []
    names = short_names([name for name in rows.columns if name != active], width)
    for column, name in names.items():
        values, what = _held(rows[column], holds)
        columns[name] = values
        if what or name != column:
            changes.append(Change(layer, str(column), name, what or "renamed"))
    attributes = pd.DataFrame(columns, index=rows.index)
    return gpd.GeoDataFrame(attributes, geometry=rows.geometry.to_numpy(), crs=rows.crs), changes


def short_names(columns: Iterable[Any], width: int | None, short: Mapping[str, str] | None = None) -> dict[Any, str]:
    """Return a name for each column: text, unique without regard to case, none of `RESERVED`, at most so long."""
    taken: set[str] = set(RESERVED)
    names: dict[Any, str] = {}
    for column in columns:
        wanted = (short or {}).get(column, str(column))[:width]
        name, number = wanted, 1
        while name.lower() in taken:
            number += 1
            tail = f"_{number}"
            name = (wanted[: width - len(tail)] if width else wanted) + tail
        taken.add(name.lower())
        names[column] = name
    return names


def _held(values: pd.Series, holds: Collection[str]) -> tuple[Any, str]:
    """Return values as a format holds them, and what was done; "" for nothing."""
    types = pd.api.types
    if isinstance(values, gpd.GeoSeries) or str(values.dtype) == "geometry":
        return gpd.GeoSeries(values).to_wkt(), "well-known text"
    if types.is_bool_dtype(values.dtype):
        return (values, "") if "boolean" in holds else (values.astype("Int16"), "1 for true and 0 for false")
    if types.is_datetime64_any_dtype(values.dtype):
        return (values, "") if "datetime" in holds else (_texts(values), "ISO 8601 text")
    if types.is_integer_dtype(values.dtype) or (types.is_float_dtype(values.dtype)):
        return values, ""
    if types.is_complex_dtype(values.dtype):
        return _texts(values), "text"
    return _held_objects(values)


def _held_objects(values: pd.Series) -> tuple[Any, str]:
    """Return texts as they are; numbers and truth values among objects in their own type; the rest as text."""
    if isinstance(values.dtype, pd.StringDtype):
        return values, ""
    kinds = {type(value) for value in values.dropna()}
    if kinds <= {str}:
        return values.astype(object).where(values.notna(), None).astype("str"), ""
    if kinds <= {int, float, np.int64, np.float64}:
        return pd.to_numeric(values), ""
    nested = kinds & {list, tuple, set, dict, np.ndarray}
    return _texts(values), "JSON text" if nested else "ISO 8601 text" if kinds <= _TIMES else "text"


_TIMES = {datetime, date, time, pd.Timestamp, pd.Timedelta}


def _texts(values: pd.Series) -> pd.Series:
    return pd.Series([None if _is_missing(one) else _text(one) for one in values], index=values.index, dtype="str")


def _is_missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, set):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple | Mapping | np.ndarray):
        return json.dumps(value.tolist() if isinstance(value, np.ndarray) else value, ensure_ascii=False, default=str)
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
