"""The solution of a plan as one small file, and the marks by which a changed output folder is known.

The file holds decisions and flows only, by the keys of the network's rows and not by their place, so that it does not
depend on the order in which rows are built. Prices, distances and shares come back from the study.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network
    from siting.study.openings import Decisions

    Arrays = Mapping[str, NDArray[Any]]

SOLUTION_FILE = "solution.npz"
STUDY_FOLDER = "study"
LOG_FILE = "solver.log"
READ_BACK = (STUDY_FOLDER, SOLUTION_FILE, LOG_FILE)
"""Files and folders of an output folder that a plan is read back from, beside run.json."""
FLOWS = {
    "referred": ("trips", ["area", "hospital", "product"]),
    "shipped": ("lanes", ["hospital", "site", "product"]),
    "made": ("makings", ["site", "configuration", "link", "product"]),
    "unmet": ("unmet", ["area", "product"]),
}
"""The network table that each flow lies on and the columns that name its rows."""
_OPTION = ["site", "configuration", "platforms"]


def write_solution(network: Network, solution: Solution, path: Path) -> None:
    """Write decisions and flows as compressed NumPy arrays; rows without flow are left out.

    Parameters
    ----------
    network : Network
        The rows that were decided on.
    solution : Solution
        Values by row.
    path : Path
        File to write.
    """
    period, site = np.nonzero(solution.open_options >= 0)
    chosen = network.options[_OPTION].to_numpy()[solution.open_options[period, site]]
    arrays: dict[str, Any] = {"units": np.column_stack((period, chosen)), "treating": solution.treating}
    for flow, (table, key) in FLOWS.items():
        values: NDArray[np.float64] = getattr(solution, flow)
        row, slice_ = np.nonzero(values)
        arrays[flow] = values[row, slice_]
        arrays[f"{flow}_rows"] = np.column_stack((slice_, getattr(network, table)[key].to_numpy()[row]))
    fixed = [(where, choice or ("", 0)) for where, choice in network.limits.fixed.items()]
    arrays["fixed"] = np.array([(*where, choice[0]) for where, choice in fixed], dtype=np.str_).reshape(-1, 3)
    arrays["fixed_platforms"] = np.array([choice[1] for _, choice in fixed], dtype=np.int64)
    np.savez_compressed(path, **arrays)


def stored_decisions(arrays: Arrays) -> Decisions:
    """Return the units that were drawn by hand, as `siting.read_openings` gives them; empty where none were."""
    return {
        (str(site), str(period)): (str(configuration), int(count)) if count else None
        for (site, period, configuration), count in zip(arrays["fixed"], arrays["fixed_platforms"], strict=True)
    }


def stored_values(network: Network, arrays: Arrays) -> tuple[dict[str, Any], list[str]]:
    """Lay stored decisions and flows on the rows of a network.

    Returns
    -------
    tuple of dict and list of str
        ``open_options, treating, referred, shipped, made, unmet`` as in `siting.model.solution.Solution`, and the
        names of the tables that lack a row which the solution uses.
    """
    units = arrays["units"]
    options = _places(network.options[_OPTION], units[:, 1:])
    chosen = np.full((len(network.periods), len(network.sites)), -1, dtype=np.int64)
    chosen[units[:, 0], units[:, 1]] = options
    values: dict[str, Any] = {"open_options": chosen, "treating": arrays["treating"]}
    lacking = ["options"] if (options < 0).any() else []
    for flow, (table, key) in FLOWS.items():
        rows: pd.DataFrame = getattr(network, table)
        slice_, found = arrays[f"{flow}_rows"][:, 0], _places(rows[key], arrays[f"{flow}_rows"][:, 1:])
        values[flow] = np.zeros((len(rows), len(network.slices)))
        values[flow][found, slice_] = arrays[flow]
        lacking += [table] if (found < 0).any() else []
    return values, lacking


def _places(rows: pd.DataFrame, keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the position of each key among the rows; -1 where it is missing."""
    wanted = pd.MultiIndex.from_arrays(list(keys.T), names=list(rows.columns))
    return pd.MultiIndex.from_frame(rows).get_indexer(wanted)


def fingerprints(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file that a plan is read back from, by its path inside the output folder."""
    files = [path for name in READ_BACK for path in ((folder / name), *sorted((folder / name).rglob("*")))]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file() and not path.name.startswith(".")
    }


def checksum(run: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the content of run.json, its own checksum left out."""
    content = {key: value for key, value in run.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
