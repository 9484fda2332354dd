"""Make a study folder that runs as it is: the start of the analyst's own."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pandas as pd

from siting.study.columns import TABLES
from siting.study.document import SCHEMA_FILE, schema_json, schema_text, settings_text
from siting.study.embedded import SETTINGS_FILE
from siting.study.folders import new_folder

_EXAMPLE = Path(__file__).with_name("example")
_HEADING = """
A study for siting. Every figure of this example is made up: replace the tables by your own.
Lines with a # show settings at their defaults; COLUMNS.txt explains the tables.
Try: siting check ., then siting optimize . --out ../out
"""


def write_templates(folder: str | Path) -> Path:
    """Make a study folder with a small made-up example.

    Holds study.toml with every setting explained, its schema for editors, COLUMNS.txt, and the tables with all their
    columns, the optional ones empty.

    Parameters
    ----------
    folder : str or Path
        A folder that does not exist yet, or is empty.

    Raises
    ------
    StudyError
        If the folder holds something.
    """
    settings = tomllib.loads((_EXAMPLE / SETTINGS_FILE).read_text(encoding="utf-8"))
    with new_folder(folder) as draft:
        (draft / SETTINGS_FILE).write_text(settings_text(settings, _HEADING.strip()), encoding="utf-8")
        (draft / SCHEMA_FILE).write_text(json.dumps(schema_json(), indent=2) + "\n", encoding="utf-8")
        (draft / "COLUMNS.txt").write_text(schema_text(), encoding="utf-8")
        for file in sorted(_EXAMPLE.glob("*.csv")):
            rows = pd.read_csv(file, dtype=str, keep_default_na=False)
            columns = dict.fromkeys([*TABLES[file.stem].names, *rows.columns])
            rows.reindex(columns=list(columns)).to_csv(draft / file.name, index=False)
    return Path(folder)
