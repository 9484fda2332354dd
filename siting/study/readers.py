"""Read a table file as it is: texts stay texts, so that "01001" keeps its zero.

Each reader takes a path and a layer and returns a `RawTable` under the file's own column names. Formats that have types
(Parquet, GeoPackage, GeoJSON, Shapefile) keep them; CSV and Excel cells are all text. `READERS` chooses by suffix.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from siting.errors import Problem, StudyError
from siting.study.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd


@dataclass(frozen=True)
class RawTable:
    """A file's rows, numbered from 1, and its geometry if it has one."""

    frame: pd.DataFrame
    geometry: gpd.GeoSeries | None = None

    def keep(self, rows: pd.Series) -> RawTable:
        """Return the rows for which `rows` is True."""
        return RawTable(self.frame[rows], None if self.geometry is None else self.geometry[rows])


def read_file(path: Path, layer: str | None, table: str, encoding: str = "utf-8") -> RawTable:
    """Read one file by its suffix.

    Parameters
    ----------
    path : Path
        A file of one of the formats in `READERS`.
    layer : str or None
        Layer or sheet; None takes the one named like the table, or the only one.
    table : str
        Name of the table that is wanted.
    encoding : str
        Encoding of a CSV file.

    Raises
    ------
    StudyError
        If the file is missing, of an unknown format or damaged, if it is not clear which layer is meant, or if two
        columns have one name.
    """
    if not path.is_file():
        raise StudyError([Problem(path.name, f"the file of table {table} is missing", f"it should be {path}")])
    suffix = next((suffix for suffix in READERS if path.name.lower().endswith(suffix)), None)
    if suffix is None:
        raise StudyError([Problem(path.name, "unknown file format", f"known are {', '.join(READERS)}")])
    try:
        reader = READERS[suffix]
        raw = reader(path, encoding) if reader is _read_csv else reader(path, layer or "", table)
    except StudyError:
        raise
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise StudyError([Problem(path.name, f"cannot be read: {_first_line(error)}", _remedy(str(error)))]) from error
    raw.frame.columns = raw.frame.columns.astype(str).str.strip()
    twice = raw.frame.columns[raw.frame.columns.duplicated()].unique()
    if len(twice):
        raise StudyError([Problem(path.name, "two columns have the same name", "rename one", tuple(twice))])
    rows = pd.RangeIndex(1, len(raw.frame) + 1)
    raw.frame.index = rows
    if raw.geometry is not None:
        raw.geometry.index = rows
    return raw


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _remedy(message: str) -> str:
    if "UTF8" in message:
        return "save the file as UTF-8"
    if "CSV parse error" in message:
        return "a row has more or fewer cells than the header; put quotes around texts that hold the separator"
    return ""


def _read_csv(path: Path, encoding: str = "utf-8") -> RawTable:
    import pyarrow as pa
    from pyarrow import csv

    opener: Callable[..., object] = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rb") as file:  # type: ignore[attr-defined]
        header = (
            file.readline().decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace").rstrip("\r\n")
        )
    separator = max(",;\t|", key=header.count)
    names = [re.sub(r'^"(.*)"$', r"\1", name) for name in header.split(separator)]
    content = csv.read_csv(
        path,
        read_options=csv.ReadOptions(encoding=encoding),
        parse_options=csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )  # fmt: skip
    if len(set(content.column_names)) < len(content.column_names):
        content = content.rename_columns(content.column_names).cast(
            pa.schema([(name, pa.string()) for name in content.column_names])
        )
    return RawTable(content.to_pandas())


def _read_parquet(path: Path, layer: str, table: str) -> RawTable:
    from pyarrow import parquet

    if b"geo" in (parquet.read_schema(path).metadata or {}):
        import geopandas as gpd

        return _split_geometry(gpd.read_parquet(path))
    return RawTable(pd.read_parquet(path).reset_index(drop=True))


def _read_excel(path: Path, layer: str, table: str) -> RawTable:
    from python_calamine import CalamineError

    try:
        with pd.ExcelFile(path, engine="calamine") as book:
            sheet = _layer(path, [str(name) for name in book.sheet_names], layer, table)
            frame = pd.read_excel(book, sheet_name=sheet, dtype=str, keep_default_na=False, na_filter=False)
    except CalamineError as error:
        raise ValueError(str(error)) from error
    blank = (frame == "").all(axis=1)
    return RawTable(frame[~blank].reset_index(drop=True))


def _read_geometry(path: Path, layer: str, table: str) -> RawTable:
    import geopandas as gpd
    import pyogrio

    name = _layer(path, [str(entry) for entry in pyogrio.list_layers(path)[:, 0]], layer, table)
    frame = pyogrio.read_dataframe(path, layer=name)
    return _split_geometry(frame) if isinstance(frame, gpd.GeoDataFrame) else RawTable(frame)


def _split_geometry(frame: gpd.GeoDataFrame) -> RawTable:
    geometry = frame.geometry
    return RawTable(pd.DataFrame(frame.drop(columns=geometry.name)), geometry)


def _layer(path: Path, names: list[str], wanted: str, table: str) -> str:
    """Choose a layer or sheet: the one asked for, the one named like the table, or the only one."""
    if wanted and wanted not in names:
        raise StudyError([Problem(path.name, f'has no layer "{wanted}"', did_you_mean(wanted, names))])
    if wanted or table in names:
        return wanted or table
    if len(names) != 1:
        what = f"has {len(names)} layers and it is not clear which is {table}"
        raise StudyError([Problem(path.name, what, f"set tables.{table}.layer to one of: {', '.join(names)}")])
    return names[0]


READERS: dict[str, Callable[..., RawTable]] = {
    ".csv": _read_csv,
    ".csv.gz": _read_csv,
    ".txt": _read_csv,
    ".parquet": _read_parquet,
    ".xlsx": _read_excel,
    ".xls": _read_excel,
    ".ods": _read_excel,
    ".gpkg": _read_geometry,
    ".geojson": _read_geometry,
    ".shp": _read_geometry,
    ".zip": _read_geometry,
}
"""Reader of each suffix; .txt is text with separators, .zip a zipped Shapefile."""
