"""The errors that siting raises, from the bottom of the import order so that every layer can use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, said so that its owner can mend it.

    Attributes
    ----------
    where : str
        File or table (``"areas.csv"``, ``"study.toml"``), or the part of a plan that failed its recount.
    what : str
        The sentence: which column or key, which value, which rule.
    remedy : str
        What to do about it; may be empty.
    rows : tuple of str
        The ids or row numbers concerned, all of them; the message shows the first five.
    """

    where: str
    what: str
    remedy: str = ""
    rows: tuple[str, ...] = ()

    def __str__(self) -> str:
        shown = ", ".join(self.rows[:5])
        more = f" and {len(self.rows) - 5:,} more" if len(self.rows) > 5 else ""
        where = f" ({shown}{more})" if self.rows else ""
        remedy = f" -> {self.remedy}" if self.remedy else ""
        return f"{self.where}: {self.what}{where}{remedy}"


@dataclass(frozen=True)
class Repair(Problem):
    """Something in the way of every plan, with the settings that remove it.

    Attributes
    ----------
    settings : tuple of (str, float, int or bool)
        Dotted keys of study.toml and values; empty where no setting helps.
    is_joint : bool
        Whether it works only together with the other repairs that are joint.
    """

    settings: tuple[tuple[str, float | int | bool], ...] = ()
    is_joint: bool = False


def _bullets(problems: tuple[Problem, ...]) -> str:
    return "\n".join(f"  - {problem}" for problem in problems)


class SitingError(Exception):
    """Base of every error that siting raises on purpose."""


class StudyError(SitingError):
    """The study's files, tables or settings are wrong; ``problems`` lists all that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the study:\n{_bullets(self.problems)}")


class TravelError(SitingError):
    """Travel times could not be had: a server, an extract or a matrix failed; ``problems`` lists what was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(f"no travel times:\n{_bullets(self.problems)}")


class DataError(StudyError):
    """A published table could not be downloaded; ``problems`` says why, and nothing was written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(problems)
        self.args = (f"nothing was downloaded:\n{_bullets(self.problems)}",)


class PlanError(SitingError):
    """A plan does not survive its recount; nothing is written."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        count = len(self.problems)
        super().__init__(
            f"the recount of the plan disagrees in {count} place{'s' if count != 1 else ''}:\n{_bullets(self.problems)}"
        )


class OutputError(SitingError):
    """An output folder is not whole or was changed; ``problems`` lists what is wrong and nothing is read from it."""

    def __init__(self, folder: str, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(f"no plan can be read from {folder}:\n{_bullets(self.problems)}")


class InfeasibleError(SitingError):
    """No plan meets the rules; ``diagnosis`` says which limits are in conflict and what would work.

    Attributes
    ----------
    diagnosis : tuple of Problem
        Causes in words, each with its remedy.
    """

    def __init__(self, diagnosis: Iterable[Problem]) -> None:
        self.diagnosis: tuple[Problem, ...] = tuple(diagnosis)
        reasons = _bullets(self.diagnosis) or "  - no single cause could be named"
        super().__init__(f"no plan meets all the rules:\n{reasons}")


class SolveError(SitingError):
    """The solver failed."""


class NoPlanError(SolveError):
    """The limit of time or the user's interrupt came before any plan was found (``status == "no_plan"``)."""
