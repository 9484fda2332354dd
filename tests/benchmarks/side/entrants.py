"""Who takes part, on which problems, and why not on others; only the standard library is used here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[3] / "siting"
EVERYTHING = frozenset({"CFLP", "SSCFLP", "UFL", "p-median", "p-center", "TSCFLP"})
NOT_YET = "capacitated p-medians (CPMP) are run by siting alone"


@dataclass(frozen=True)
class Entrant:
    """A solver.

    Attributes
    ----------
    title : str
        Column of the table.
    package : str
        Distribution that has to be installed.
    problems : frozenset of str
        What it can be asked.
    what : str
        How it is run.
    why_not : str
        Why it is not asked the rest.
    """

    title: str
    package: str
    problems: frozenset[str]
    what: str
    why_not: str


ENTRANTS = {
    "siting": Entrant(
        "siting",
        "siting",
        EVERYTHING | {"CPMP"},
        "`siting.bench.run.run`; from the file to the answer, modelling included",
        "",
    ),
    "highs": Entrant("HiGHS", "highspy", EVERYTHING, "the whole model as sparse arrays, by highspy", NOT_YET),
    "scip": Entrant(
        "SCIP",
        "pyscipopt",
        EVERYTHING,
        "the same whole model, read from an MPS file; SCIP's tree uses one thread",
        NOT_YET,
    ),
    "cpsat": Entrant(
        "CP-SAT",
        "ortools",
        frozenset({"SSCFLP", "UFL", "p-median", "p-center"}),
        "booleans, exactly-one and implications; costs scaled to whole numbers, rounded down, the answer recounted",
        "demand may be split (CFLP, TSCFLP), and CP-SAT has whole numbers only",
    ),
    "spopt": Entrant(
        "spopt",
        "spopt",
        frozenset({"p-median", "p-center"}),
        "`from_cost_matrix` and HiGHS by PuLP; from the file to the answer, modelling included",
        "spopt has p-median, p-center, MCLP and LSCP, and no opening costs",
    ),
}


def version_of(name: str) -> str | None:
    """Return the version of a solver, for siting with a fingerprint of its code; None where it is not installed."""
    if name == "siting":
        content = hashlib.sha256()
        for file in sorted(PACKAGE.rglob("*.py")):
            content.update(file.read_bytes())
        return f"code {content.hexdigest()[:8]}"
    try:
        return version(ENTRANTS[name].package)
    except PackageNotFoundError:
        return None
