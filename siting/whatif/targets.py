"""What the words of a command line mean: plans to compare, and the baseline to hold them against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import Problem, StudyError
from siting.optimize import optimize
from siting.plan.plan import Plan
from siting.plan.read import read_plan
from siting.study.spelling import did_you_mean
from siting.whatif.baselines import TODAY, kept, today
from siting.whatif.source import read_source

if TYPE_CHECKING:
    from collections.abc import Sequence

KEEP = "keep="


def plan_of(target: str, time_limit: float | None = None, gap: float | None = None) -> Plan:
    """Return the plan in an output folder, or the best plan of a study.

    Raises
    ------
    StudyError, OutputError, InfeasibleError, NoPlanError
        If there is none.
    """
    source = read_source(target)
    return source if isinstance(source, Plan) else optimize(source, time_limit, gap)


def baseline_plan(words: str, first: Plan, time_limit: float | None, gap: float | None) -> tuple[str, Plan]:
    """Return the name and the plan of a baseline under the data of a plan.

    Parameters
    ----------
    words : str
        ``today`` or ``keep=DESIGN``.
    first : Plan
        Its study gives data and prices.
    time_limit, gap : float or None
        Of the solve.

    Raises
    ------
    StudyError
        Other words, or a design that the study does not allow.
    """
    if first.study is None:
        raise StudyError([Problem("--baseline", "the plan has no study to price a baseline with")])
    if words == TODAY:
        return TODAY, today(first.study, time_limit)
    if words.startswith(KEEP) and words != KEEP:
        design = words.removeprefix(KEEP)
        if not Path(design).exists():
            raise StudyError([Problem("--baseline", f"{design} does not exist", "name an output folder or a CSV")])
        return f"{Path(design).stem} kept", kept(design, first.study, time_limit, gap)
    remedy = did_you_mean(words, [TODAY]) if "=" not in words else f"write {KEEP}FOLDER"
    raise StudyError([Problem("--baseline", f"{words!r} is neither today nor {KEEP}DESIGN", remedy)])


def before_plan(words: str, plan: Plan, time_limit: float | None) -> Plan:
    """Return what a map shows before a plan: an output folder, or a baseline as in `baseline_plan`.

    Raises
    ------
    StudyError, OutputError
        Neither, or one that cannot be read.
    """
    return read_plan(words) if Path(words).is_dir() else baseline_plan(words, plan, time_limit, None)[1]


def names_of(targets: Sequence[str]) -> list[str]:
    """Return the last part of every path, or all of it where two last parts are equal, numbered where that is too."""
    short = [Path(target).name or target for target in targets]
    names: list[str] = []
    for target, name in zip(targets, short, strict=True):
        called = name if short.count(name) == 1 else target
        names.append(called if called not in names else f"{called} ({names.count(called) + 1})")
    return names


def check_points(words: str, *, has_folder: bool) -> None:
    """Refuse words that name no points, before anything is solved.

    Raises
    ------
    StudyError
        Neither numbers from 1, ``knee`` nor ``all``; or no folder to write plans into.
    """
    problems = []
    parts = [part.strip() for part in words.split(",") if part.strip()]
    for part in parts:
        if part not in {"all", "knee"} and not (part.isdecimal() and int(part) > 0):
            remedy = "numbers from 1 separated by commas, knee, or all"
            problems.append(Problem("--export", f"{part!r} is no point", remedy))
    if parts and not has_folder:
        problems.append(Problem("--export", "there is no folder to write plans into", "name one with --out"))
    if problems:
        raise StudyError(problems)


def points_of(words: str, most: int, knee: int | None) -> list[int]:
    """Return the numbers that ``1,3``, ``knee`` or ``all`` mean; a front without a knee has none.

    Parameters
    ----------
    words : str
        As `check_points` takes them.
    most : int
        Number of points; higher numbers are left out, as a front may have fewer points than were asked for.
    knee : int or None
        Number of the knee.
    """
    parts = [part.strip() for part in words.split(",") if part.strip()]
    wanted = [int(part) for part in parts if part.isdecimal()]
    wanted += [knee] if "knee" in parts and knee is not None else []
    wanted += range(1, most + 1) if "all" in parts else []
    return sorted({number for number in wanted if number <= most})
