"""What is written where no plan is possible: why, and what would work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from siting.export.export import DIAGNOSIS, whole_folder
from siting.export.manifest import plain, versions

if TYPE_CHECKING:
    from siting.errors import InfeasibleError
    from siting.study.study import Study


def export_diagnosis(study: Study, error: InfeasibleError, folder: Path | str, overwrite: bool = False) -> Path:
    """Write diagnosis.txt and a run.json with status "infeasible" into a new folder.

    Parameters
    ----------
    study : Study
        The study without a plan.
    error : InfeasibleError
        Its ``diagnosis`` names the limits in conflict.
    folder : Path or str
        Folder to make.
    overwrite : bool
        Replace an earlier output folder.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OSError
        The folder may not be replaced or cannot be written; nothing is left behind.
    """
    folder = Path(folder).resolve()
    causes = [{"where": p.where, "what": p.what, "remedy": p.remedy, "rows": p.rows} for p in error.diagnosis]
    unknown = dict.fromkeys(("objective", "bound", "gap", "runtime_s"))
    about = {"versions": versions(), "inputs": study.inputs, "changes": study.changes}
    facts = {**about, "options": {}, "features": (), "kpis": {}}
    record = {"status": "infeasible", **unknown, "diagnosis": causes, **facts}
    with whole_folder(folder, overwrite=overwrite) as fresh:
        (fresh / DIAGNOSIS).write_text(f"{study.name}: {error}\n", encoding="utf-8")
        (fresh / "run.json").write_text(json.dumps(plain(record), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return folder
