"""The study: what the analyst wrote, validated and frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from siting.study.embedded import SETTINGS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from siting.study.config import StudyConfig
    from siting.study.tables import Origin


@dataclass(frozen=True)
class Study:
    """Settings and tables of one question, all checked.

    Attributes
    ----------
    config : StudyConfig
        The settings of study.toml, defaults included.
    tables : dict of str to DataFrame
        Every table of `siting.study.columns.TABLES` that the study has, with a RangeIndex and all declared columns:
        defaults filled in, unknown numbers NaN, ids text, lon and lat in WGS 84, ``<name>_source`` for each parameter.
    geometry : dict of str to GeoSeries
        Polygons (EPSG:4326) by id, for tables that were read from polygons.
    folder : Path
        Where the study was read from.
    inputs : dict of str to str
        SHA-256 of every file read, by name.
    origins : dict of str to Origin
        File, coordinate reference system, row counts and ignored columns of each table.
    notes : tuple of str
        What was done to the data and what looks odd in them, in sentences; every summary repeats them.
    """

    config: StudyConfig
    tables: dict[str, pd.DataFrame]
    geometry: dict[str, gpd.GeoSeries]
    folder: Path
    inputs: dict[str, str]
    origins: dict[str, Origin] = field(default_factory=dict)
    settings_file: str = SETTINGS_FILE
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name for outputs: the one in study.toml, or that of the folder."""
        return self.config.study.name or self.folder.name

    @property
    def changes(self) -> tuple[str, ...]:
        """What was changed against the study as its author wrote it, in order, each with who asked for it."""
        return self.config.study.changes

    def replace(self, changes: Mapping[str, Any] | Iterable[str]) -> Study:
        """Return this study with settings or cells of tables changed and everything checked again.

        Parameters
        ----------
        changes : mapping or iterable of str
            Name = value, such as ``{"limits.sites.max": 8, "modes.franchise.royalty_share": 0.08}``, or texts such as
            ``['areas.demand_factor where region == "TX" *= 1.2']`` (`siting.study.changes`). None or "none" empties
            what may be empty. Names under ``tables`` make the files be read again.

        Raises
        ------
        StudyError
            If a name is unknown, a value is wrong, a condition holds for no row, or the changed study contradicts
            itself.
        """
        from siting.study.changes import as_changes
        from siting.study.read import changed_study

        return changed_study(self, as_changes(changes))

    def scenario(self, *names: str) -> Study:
        """Return this study with the changes of scenarios of its study.toml made, one after the other.

        Raises
        ------
        StudyError
            If there is no such scenario, or as `replace`.
        """
        from siting.study.read import changed_study, changes_of

        return changed_study(self, changes_of(self, names))

    def write(self, folder: str | Path) -> Path:
        """Write a snapshot that `siting.read_study` reads again: see `siting.study.snapshot.write_snapshot`."""
        from siting.study.snapshot import write_snapshot

        return write_snapshot(self, folder)

    def _repr_html_(self) -> str:
        """Return the study for a notebook: what it is about, its tables, what was changed."""
        from siting.card import card

        about = self.config.study
        rows = [(name, len(table), *self._from(name)) for name, table in self.tables.items()]
        money = f"{about.currency} of {about.price_year}, distances in {about.distance_unit}"
        return card(
            f"Study {self.name}",
            [about.description, money, *self.changes],
            ["Table", "Rows", "File", "Coordinates"],
            rows,
        )

    def _from(self, table: str) -> tuple[str, str]:
        origin = self.origins.get(table)
        return ("", "") if origin is None else (origin.file, origin.crs)
