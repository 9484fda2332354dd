"""Which published instances are compared, what is known of them, and what others published about their own times.

Only the standard library is used here: the process that starts the solves has to stay small.
"""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("SITING_BENCH", Path(__file__).resolve().parents[4] / "shared" / "bench"))
"""Folder of the published instances."""

# family, layout, set, problem, instances; the sizes, files and known values stand in known_values.csv of that folder.
CORE = (
    ("CFLP OR-Library", "orlib-cap", "orlib_cap", "CFLP", "cap64 cap84 capa_8000 capa_14000 capb_6000 capc_5750"),
    ("CFLP TBED1", "tbed1", "cflp_tbed1", "CFLP", "i300_1 i300_6 i300_11 i300_16 i500_1"),
    ("SSCFLP Holmberg", "holmberg", "sscflp_holmberg", "SSCFLP", "p24 p33 p40"),
    ("SSCFLP Delmaire", "delmaire", "sscflp_delmaire_diaz_fernandez", "SSCFLP", "p16 p33"),
    ("SSCFLP Yang, TB4", "holmberg", "sscflp_yang", "SSCFLP", "30-200-1 30-200-5 60-200-1"),
    ("SSCFLP Yang, TB4", "holmberg", "sscflp_gadegaard_tb4", "SSCFLP", "50-100-5/50-100-1"),
    ("UFL", "orlib-cap", "orlib_cap", "UFL", "capa"),
    ("UFL", "kratica", "ufl_kratica_M", "UFL", "MO1 MP1 MQ1"),
    ("UFL", "ufllib", "ufl_ufllib_costs_only", "UFL", "FPP11-1FPP_11S kmedian-500-10"),
    ("p-median", "orlib-pmed", "orlib_pmed", "p-median", "pmed10 pmed20 pmed26"),
    ("p-median", "tsplib", "pmedian_tsplib", "p-median", "rl1304_p300 fl1400_p100 u1432_p500"),
    ("p-center", "orlib-pmed", "orlib_pmed", "p-center", "pmed5 pmed10"),
    ("TSCFLP", "tscflp", "tscflp_fernandes2014", "TSCFLP", "PSC1-C1-50 PSC1-C2-50"),
)
EXTRA = (
    ("BIRCH", "birch", "pmedian_birch", "p-median", "ds1x4 ds1x8"),
    ("p-median large", "tsplib", "pmedian_tsplib", "p-median", "rl1304_p20 pcb3038_p300"),
)
"""Too large or too hard for a run of everything; only with ``--family``."""
MORE = (
    ("SSCFLP OR-Library", "orlib-cap", "orlib_cap", "SSCFLP", ""),
    ("SSCFLP TBED1", "tbed1", "cflp_tbed1", "SSCFLP", ""),
    ("capacitated p-median", "cpmp", "cpmp_literature", "CPMP", ""),
)
"""Kinds of instances of which only a run of every instance has any."""
STATES_P = ("tsplib", "birch")
"""Layouts whose files do not say p."""
LONG_NAMES = {
    "two-stage CFLP (plants->satellites->customers)": "TSCFLP",
    "CPMP (single-source capacitated p-median)": "CPMP",
}


@dataclass(frozen=True)
class Case:
    """An instance and the problem that is made of it.

    Attributes
    ----------
    family, instance, problem, size : str
        Labels; the size is sites x customers.
    file : str
        Inside the folder of published instances.
    options : dict
        For `siting.bench.instance.BenchOptions`, without the limits of the solve.
    known : float
        The published value.
    tolerance : float
        Half of the last digit printed, or all of it where the value is cut off there, and a millionth.
    is_proven : bool
        Whether the published value is optimal; otherwise it is the best known.
    published : str
        Times others published, on their own machines.
    """

    family: str
    instance: str
    problem: str
    size: str
    file: str
    options: dict[str, Any]
    known: float
    tolerance: float
    is_proven: bool
    published: str

    @property
    def key(self) -> str:
        """A name that no other case has."""
        return f"{Path(self.file).parts[0]}/{self.instance}/{self.problem}"


def every_group(folder: Path = FOLDER) -> tuple[tuple[str, ...], ...]:
    """Return all published instances of the kinds compared, in groups; of files of costs those that say all costs."""
    rows = _rows(folder / "known_values.csv")
    kinds = dict.fromkeys(
        group[:4] for group in (*CORE, *EXTRA, *MORE) if group[0] != "p-median large"
    )  # in "p-median"
    groups = []
    for family, layout, collection, problem in kinds:
        named = [
            row["instance"]
            for row in rows
            if (row["set"], LONG_NAMES.get(row["problem"], row["problem"])) == (collection, problem)
            and (layout != "ufllib" or Path(row["file"]).stem == row["instance"])
        ]
        groups.append((family, layout, collection, problem, " ".join(named)))
    return tuple(groups)


def load_cases(folder: Path = FOLDER, groups: tuple[tuple[str, ...], ...] = CORE) -> list[Case]:
    """Return the cases of the groups whose files are there, in order.

    Parameters
    ----------
    folder : Path
        Published instances with ``known_values.csv`` and ``anchors``.
    groups : tuple
        As `CORE`.

    Returns
    -------
    list of Case
        With what is known.

    Raises
    ------
    KeyError
        If an instance is not in known_values.csv.
    """
    rows = {
        (row["set"], row["instance"], LONG_NAMES.get(row["problem"], row["problem"])): row
        for row in _rows(folder / "known_values.csv")
    }
    published = _published(folder / "anchors")
    cases = [
        _case(family, layout, rows[collection, instance, problem], published)
        for family, layout, collection, problem, instances in groups
        for instance in instances.split()
    ]
    return [case for case in cases if (folder / case.file.partition(":")[0]).exists()]


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _case(family: str, layout: str, row: dict[str, str], published: dict[str, str]) -> Case:
    problem = LONG_NAMES.get(row["problem"], row["problem"])
    options: dict[str, Any] = {"format": layout}
    if word := re.search(r"capacity=(\d+)", row["convention"]):
        options["capacity"] = float(word[1])
    if layout in STATES_P:
        options["p"] = int(row["p"])
    if problem == "SSCFLP":
        options["single_source"] = True
    if problem == "UFL" and layout == "orlib-cap":
        options["ufl"] = True
    if problem == "p-center":
        options["p_center"] = True
    value, decimals = float(row["value"]), len(row["value"].partition(".")[2])
    last_digit = 1.0 if "truncated" in row["convention"] else 0.5 * 10.0**-decimals if decimals else 0.0
    ratio = re.search(r"r=(\d+)", row["convention"])
    source = published.get(f"{row['m_sites']} r={ratio[1]}" if ratio else row["instance"], "")
    size = f"{row['m_sites']} x {row['n_customers']}" + (f", p={row['p']}" if row["p"] else "")
    return Case(
        family=family,
        instance=row["instance"],
        problem=problem,
        size=size,
        file=row["file"],
        options=options,
        known=value,
        tolerance=1e-6 * abs(value) + last_digit,
        is_proven=row["status"] == "optimal",
        published=source if problem != "SSCFLP" else "",
    )


# Fischetti, Ljubic and Sinnl number the capacities of OR-Library's capa, capb and capc from 1 to 4.
NUMBERED = {"capa1": "capa_8000", "capa4": "capa_14000", "capb2": "capb_6000", "capc2": "capc_5750"}


def _published(anchors: Path) -> dict[str, str]:
    """Return the published seconds by instance, or by size and ratio for the means of TBED1."""
    found = {}
    for row in _rows(anchors / "cflp_fischetti2016_table1_orlib.csv"):
        times = f"CPLEX {row['cplex12.6_s']}, Benders {row['benders_s']}, blurred {row['blurred_benders_s']}"
        found[NUMBERED.get(row["instance"], row["instance"])] = times
    for row in _rows(anchors / "cflp_fischetti2016_table2_tbed1.csv"):
        if row["facilities"] == row["customers"]:
            times = f"mean of 5: CPLEX {row['cplex12.6_s']}, Benders {row['benders_s']}"
            found[f"{row['facilities']} r={row['r_capacity_ratio']}"] = times
    for row in _rows(anchors / "pmedian_duran2023.csv"):
        found[f"{row['instance']}_p{row['p']}"] = f"Benders {row['T_total_s']}, Zebra {row['other_T_s']}"
    return found
