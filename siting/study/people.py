"""The people of areas: given, summed from a population raster, or unknown where a study names its patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem, StudyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd

    from siting.study.tables import Reading

_MOST_OUTSIDE = 0.05
"""More of a raster's people than this in no area is worth a note."""


def add_people(reading: Reading, folder: Path) -> None:
    """Give the areas of a reading the people of its population raster, and their centres where the study asks.

    Raises
    ------
    StudyError
        If the table has no polygons or has a population already, or the raster cannot be used; see
        `siting.study.raster.zonal_sums`.
    """
    section, name = reading.section, reading.table.name
    is_weighted = section.centroid == "population_weighted"
    if section.population_raster is None:
        if is_weighted:
            where = f"tables.{name}.centroid"
            raise StudyError([Problem(where, "population_weighted needs population_raster", "name the raster")])
        return
    if reading.problems:
        return
    from siting.study.raster import zonal_sums

    sums = zonal_sums(_zones(reading), folder / section.population_raster)
    reading.frame["population"] = sums.frame["people"]
    has_people = sums.frame["people"] > 0
    if is_weighted:
        for axis in ("lon", "lat"):
            reading.frame[axis] = sums.frame[axis].where(has_people, reading.frame[axis])
    outside = sums.outside / max(sums.outside + sums.frame["people"].sum(), 1e-9)
    if outside > _MOST_OUTSIDE:
        reading.notes.append(f"{section.population_raster}: {outside:.0%} of its people live in none of the areas.")
    if not has_people.all():
        empty = int((~has_people).sum())
        reading.notes.append(f"{section.population_raster}: nobody lives in {empty:,} of {len(has_people):,} areas.")


def _zones(reading: Reading) -> gpd.GeoSeries:
    """Return the polygons of a table that has no population of its own."""
    where = f"tables.{reading.table.name}.population_raster"
    if reading.table.name != "areas":
        raise StudyError([Problem(where, f"{reading.table.name} have no population", "give it to tables.areas")])
    if reading.polygons is None:
        raise StudyError([Problem(where, f"{reading.file} holds no polygons", "give areas as polygons")])
    if "population" in reading.frame and reading.frame["population"].notna().any():
        what = f"{reading.file} has a population already"
        raise StudyError([Problem(where, what, "remove the setting, or the column")])
    return reading.polygons


def check_people(readings: Mapping[str, Reading]) -> list[Problem]:
    """Ask for the people of every area, unless table demand gives the patients of every product."""
    if any(name not in readings or readings[name].origin is None for name in ("areas", "products")):
        return []
    areas, products = readings["areas"], readings["products"].frame
    if "population" not in areas.frame or "id" not in areas.frame or "id" not in products:
        return []
    unknown = areas.frame["population"].isna()
    unknown &= ~unknown.index.isin(areas.reported.get("population", ()))
    own = set(readings["demand"].frame.get("product", ())) if "demand" in readings else set()
    without = [product for product in products["id"].dropna() if product not in own]
    if not unknown.any() or not without:
        return []
    remedy = f"every row needs a value; or give the patients of {', '.join(without)} in a table demand"
    if not unknown.all():
        return [Problem(areas.file, "population is empty", remedy, tuple(areas.frame["id"][unknown]))]
    remedy += "; map a column of another name in [tables.areas]"
    return [Problem(areas.file, 'column "population" is missing or empty', remedy)]
