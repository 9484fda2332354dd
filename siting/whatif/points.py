"""What a sweep varies: lists, ranges and scenarios in words, and the points of a grid or a space-filling sample."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from siting.errors import Problem, StudyError
from siting.study.changes import Change, label_of, split_change, split_target, toml_or_text
from siting.study.columns import TABLES
from siting.study.read import changes_of, faults_of
from siting.study.settings import field_of

if TYPE_CHECKING:
    from siting.study.study import Study

SCENARIO = "scenario"
"""The dimension whose values are names of scenarios, joined by "+" where several are made."""
SAMPLERS = ("sobol", "latin")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER}):({_NUMBER})(?::({_NUMBER}))?")
_ITEMS = re.compile(r"(?:\"[^\"]*\"|'[^']*'|\[[^\]]*\]|[^,\"'\[])+")
_OPERATOR = re.compile(r"\s*([*+-]=|=)$")
_FORM = "such as limits.sites.max=4:20:2, demand.scale=0.8,1,1.2 or scenario=base,high-demand"


@dataclass(frozen=True)
class Dimension:
    """One thing that a sweep varies.

    Attributes
    ----------
    key, where, operator : str
        What is changed and how, as in `siting.study.changes.Change`.
    values : tuple
        Its values; the two ends of an open range.
    is_open : bool
        Whether a sample takes any value between the two.
    """

    key: str
    where: str
    operator: str
    values: tuple[Any, ...]
    is_open: bool = False

    @property
    def label(self) -> str:
        """Name of its column in the table of runs."""
        return label_of(self.key, self.where, self.operator)

    def changes(self, study: Study, value: Any) -> list[Change]:
        """Return the changes that one value means; StudyError for unknown scenarios."""
        if self.key == SCENARIO:
            return changes_of(study, str(value).split("+"))
        return [Change(self.key, value, self.operator, self.where)]


Point = tuple[Any, ...]
"""One value for each dimension."""


def dimensions(vary: Mapping[str, Any] | Sequence[str]) -> list[Dimension]:
    """Read what to vary.

    Parameters
    ----------
    vary : mapping or sequence of str
        Name (maybe with a condition and an operator) = values, a list or a text such as "4:20:2" (both ends included);
        or texts such as "limits.sites.max=4:20:2".

    Raises
    ------
    StudyError
        Listing all that cannot be read, and names that come twice.
    """
    found: list[Dimension] = []
    problems: list[Problem] = []
    for item in vary.items() if isinstance(vary, Mapping) else vary:
        try:
            found.append(_of_text(item) if isinstance(item, str) else _dimension(str(item[0]), item[1]))
        except StudyError as error:
            problems += error.problems
    labels = [dimension.label for dimension in found]
    problems += [
        Problem(f"vary {label}", "comes twice", "give all its values in one list")
        for label in dict.fromkeys(labels)
        if labels.count(label) > 1
    ]
    if not found and not problems:
        problems.append(Problem("vary", "there is nothing to vary", _FORM))
    if problems:
        raise StudyError(problems)
    return found


def _of_text(text: str) -> Dimension:
    (key, where), operator, values = split_change(text)
    return _dimension(label_of(key, where, operator), values)


def _dimension(label: str, given: Any) -> Dimension:
    sign = _OPERATOR.search(label)
    operator = sign[1] if sign else "="
    key, where = split_target(label[: sign.start()] if sign else label)
    place = f"vary {label}"
    if isinstance(given, str):
        texts = [item.strip() for item in _ITEMS.findall(given) if item.strip()]
        spans = [_RANGE.fullmatch(item) for item in texts]
        if any(span and span[3] is None for span in spans):
            return Dimension(key, where, operator, _ends(spans, place), is_open=True)
        values = [
            value
            for item, span in zip(texts, spans, strict=True)
            for value in (_steps(span, place) if span else [toml_or_text(item)])
        ]
    else:
        values = [value.item() if isinstance(value, np.generic) else value for value in _listed(given)]
    if not values:
        raise StudyError([Problem(place, "has no values", _FORM)])
    return Dimension(key, where, operator, tuple(dict.fromkeys(values)))


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple | np.ndarray | range) else [given]


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


def _ends(spans: list[re.Match[str] | None], place: str) -> tuple[Any, ...]:
    [span, *more] = spans
    if more or span is None:
        what = "a range without a step stands alone"
        raise StudyError([Problem(place, what, "give low:high for a sample, low:high:step or a list for a grid")])
    low, high = _number(span[1]), _number(span[2])
    if not low < high:
        raise StudyError([Problem(place, f"runs from {low} to {high}", "write low:high, the lower end first")])
    return low, high


def _steps(span: re.Match[str], place: str) -> list[int | float]:
    low, high, step = (_number(part) for part in span.groups())
    if not (step > 0 and low <= high):
        raise StudyError(
            [Problem(place, f"{low}:{high}:{step} has no values", "write low:high:step with a step above 0")]
        )
    count = math.floor((high - low) / step + 1e-9) + 1
    whole = all(isinstance(part, int) for part in (low, high, step))
    return [low + k * step if whole else round(low + k * step, 12) for k in range(count)]


def points(study: Study, dims: Sequence[Dimension], sample: int, sampler: str, seed: int) -> list[Point]:
    """Return the grid of all combinations, or a space-filling sample of them.

    Raises
    ------
    StudyError
        Listing every value of a wrong name, kind, unit or size, before anything is run; or a sample that cannot be.
    """
    problems = [problem for dim in dims for value in dim.values for problem in _faults(study, dim, value)]
    problems += [
        Problem(f"vary {dim.label}", "a range without a step is for samples", "give a step, or --sample")
        for dim in dims
        if dim.is_open and not sample
    ]
    if sample and sampler not in SAMPLERS:
        problems.append(Problem("sampler", f'there is no "{sampler}"', f"one of: {', '.join(SAMPLERS)}"))
    if problems:
        raise StudyError(dict.fromkeys(problems))
    if not sample:
        return list(itertools.product(*(dim.values for dim in dims)))
    scaled = [
        _scaled(dim, unit) for dim, unit in zip(dims, _unit_cube(len(dims), sample, sampler, seed).T, strict=True)
    ]
    return list(dict.fromkeys(zip(*scaled, strict=True)))


def _faults(study: Study, dim: Dimension, value: Any) -> list[Problem]:
    try:
        found = faults_of(study, dim.changes(study, value))
    except StudyError as error:
        found = list(error.problems)
    return [Problem(f"vary {dim.label}", str(problem)) for problem in found]


def _unit_cube(count: int, sample: int, sampler: str, seed: int) -> np.ndarray:
    from scipy.stats import qmc

    if sampler == "latin":
        return np.asarray(qmc.LatinHypercube(count, seed=seed).random(sample))
    cube = qmc.Sobol(count, seed=seed).random_base2(math.ceil(math.log2(sample)))
    return np.asarray(cube[:sample])


def _scaled(dim: Dimension, unit: np.ndarray) -> list[Any]:
    """Return the values at places between 0 and 1; lists are cut into equal shares."""
    if not dim.is_open:
        return [dim.values[min(int(place * len(dim.values)), len(dim.values) - 1)] for place in unit]
    low, high = dim.values
    if _is_whole(dim):
        return [min(int(low) + int(place * (int(high) - int(low) + 1)), int(high)) for place in unit]
    return [float(f"{low + place * (high - low):.6g}") for place in unit]


def _is_whole(dim: Dimension) -> bool:
    change = Change(dim.key, 0, dim.operator, dim.where)
    if dim.operator == "*=":
        return False
    if change.is_of_table:
        column = TABLES[change.path[0]].column_or_bound(change.path[-1])
        return column is not None and column.kind == "integer"
    declared = field_of(change.path)
    return declared is not None and int in _kinds(declared.annotation)


def _kinds(annotation: Any) -> set[Any]:
    inner = get_args(annotation)
    return (
        set().union(*(_kinds(part) for part in inner))
        if inner
        else {annotation}
        if isinstance(annotation, type)
        else set()
    )
