"""Write a study as a folder that can be read again, with every default and every source spelt out."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siting.study.assumptions import setting_source
from siting.study.embedded import SETTINGS_FILE
from siting.study.folders import new_folder
from siting.study.settings import leaves
from siting.study.travel_record import ENDS, record_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siting.study.study import Study

NOTICES = ("NOTICE*", "LICENSE*", "LICENCE*")
"""Files of a study's folder that go with its data wherever these go."""


def write_snapshot(study: Study, folder: str | Path) -> Path:
    """Write study.toml and one file a table into a new folder.

    Tables are CSV; one that was read from polygons becomes a GeoPackage, which keeps them. Outlines for maps, notices
    and licences of the data, and the records of travel tables come along. All places are in EPSG:4326.
    Reading the folder gives the same tables, settings and sources, whatever later versions take as defaults.

    Parameters
    ----------
    study : Study
        The study.
    folder : str or Path
        A folder that does not exist yet, or is empty.

    Raises
    ------
    StudyError
        If the folder holds something.
    """
    with new_folder(folder) as draft:
        (draft / SETTINGS_FILE).write_text(to_toml(_resolved(study)), encoding="utf-8")
        for name, frame in study.tables.items():
            if name in study.geometry:
                _write_polygons(study, name, draft / f"{name}.gpkg")
            else:
                frame.to_csv(draft / f"{name}.csv", index=False)
        for pattern in ("outlines*", *NOTICES):
            for file in study.folder.glob(pattern):
                shutil.copy2(file, draft / file.name)
        _copy_travel_records(study, draft)
    return Path(folder)


def _copy_travel_records(study: Study, draft: Path) -> None:
    for table in (table for table in ENDS if table in study.origins):
        given = record_paths(study.folder / study.origins[table].file)
        for old, new in zip(given, record_paths(draft / f"{table}.csv"), strict=True):
            if old.is_file():
                shutil.copy2(old, new)


def _write_polygons(study: Study, name: str, path: Path) -> None:
    import geopandas as gpd

    polygons = study.geometry[name].reset_index(drop=True)
    frame = gpd.GeoDataFrame(study.tables[name], geometry=polygons)
    frame.to_file(path, layer=name, driver="GPKG", VERSION="1.3")


def _resolved(study: Study) -> dict[str, Any]:
    settings = study.config.model_dump(exclude={"tables", "sources"})
    settings["study"]["name"] = study.name
    sourced = {leaf.key: setting_source(leaf, study.config.sources) for leaf in leaves(study.config)}
    return {**settings, "sources": {key: source for key, source in sourced.items() if source}}


def to_toml(settings: dict[str, Any]) -> str:
    """Write nested settings as TOML: one table a section, dotted keys inside."""
    sections = []
    for section, values in settings.items():
        lines = [f"{key} = {toml_value(value)}" for key, value in _flat(values)]
        sections.append("\n".join([f"[{_key(section)}]", *lines]))
    return "\n\n".join(sections) + "\n"


def _flat(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{_key(name)}.")
        else:
            yield f"{prefix}{_key(name)}", value


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


def toml_value(value: Any) -> str:
    """Write one value as TOML; None becomes the word "none"."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(toml_value(entry) for entry in value)}]"
    if isinstance(value, float):
        return repr(value)
    text = json.dumps("none" if value is None else value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")
