"""Turn the cells of a file into texts, numbers and yes/no, and say which ones cannot be turned."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from siting.study.columns import Column

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NO_FAULT = pd.Series(dtype=object)
_UNKNOWN_WORDS = {"na", "n/a", "nan", "null", "none", "-", "?", "unknown", "not available"}


@dataclass(frozen=True)
class Cells:
    """One column as read: NaN where empty or unreadable.

    ``faults`` has the text of each unreadable cell, ``remedies`` what to do about it; both by row.
    """

    values: pd.Series
    faults: pd.Series
    remedies: pd.Series


def as_text(column: pd.Series) -> pd.Series:
    """Return a column as stripped texts, "" where it is empty; whole numbers have no ".0"."""
    if pd.api.types.is_float_dtype(column):
        values = column.to_numpy(dtype="float64", na_value=np.nan)
        whole = np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) < 2**53)
        column = column.astype(object)
        column[whole] = values[whole].astype("int64").astype(object)
    if column.isna().any():
        column = column.astype(object).where(column.notna(), "")
    return column.astype(str).str.strip()


def read_cells(column: pd.Series, declared: Column) -> Cells:
    """Turn one column into what its declaration says.

    Parameters
    ----------
    column : Series
        Texts, or a type the file had.
    declared : Column
        ``kind`` decides: ids and texts stay text, numbers and integers become float64, booleans object (True, False).
    """
    if declared.kind in {"number", "integer"}:
        return _numbers(column, is_whole=declared.kind == "integer")
    text = as_text(column)
    text = text.mask(text == "")
    if declared.kind == "boolean":
        values = text.str.lower().map(_WORDS)
        bad = text[text.notna() & values.isna()]
        return Cells(values, bad, bad.map(lambda _: "write true or false (yes, no, 1, 0 will do)"))
    return Cells(text, _NO_FAULT, _NO_FAULT)


def _numbers(column: pd.Series, is_whole: bool) -> Cells:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = pd.Series(column.to_numpy(dtype="float64", na_value=np.nan), index=column.index)
        is_filled = column.notna()
    else:
        column = as_text(column)
        is_filled = column != ""
        values = pd.to_numeric(column, errors="coerce").astype("float64")
    bad = is_filled & ~np.isfinite(values)
    if is_whole:
        bad |= values.notna() & (values != np.floor(values))
    if not bad.any():
        return Cells(values, _NO_FAULT, _NO_FAULT)
    faults = as_text(column[bad])
    return Cells(values.mask(bad), faults, faults.map(_number_remedy))


def _number_remedy(text: str) -> str:
    """Say how the number was probably meant."""
    if text.lower() in _UNKNOWN_WORDS:
        return "leave it empty if it is unknown, or list the word under missing"
    if "%" in text:
        return "write a share as a fraction: 12 % is 0.12"
    if re.fullmatch(r"[+-]?\d{1,3}([, ']\d{3})+(\.\d*)?", text):
        return "write it without separators between thousands"
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return "write the decimal mark as a point"
    if re.fullmatch(r"[+-]?\d+\.\d+", text):
        return "write a whole number"
    return "write a number, or leave it empty if it is unknown"
