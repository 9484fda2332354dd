"""Where the data are from, and under which licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siting.report.blocks import Section, Table, Verbatim, Words
from siting.report.wording import number
from siting.study.snapshot import NOTICES

if TYPE_CHECKING:
    from siting.plan.plan import Plan
    from siting.report.blocks import Block
    from siting.report.material import Material

MOST_NOTICE = 5000
"""Longest notice that is printed whole; the study's folder has the rest."""


def sources_section(material: Material) -> Section:
    """Return files, sources of travel, sources of parameters, and the notices that the study's folder holds."""
    plan = material.plan
    blocks: list[Block] = [*_files(plan), _travel(plan), *_parameters(plan), *_notices(plan)]
    return Section("sources", "Data, sources and licences", blocks)


def _files(plan: Plan) -> list[Block]:
    if plan.study is None or not plan.study.origins:
        return [Words("The plan was made without files.")]
    lines = [[name, origin.file, origin.crs or "-", number(origin.rows)] for name, origin in plan.study.origins.items()]
    described = plan.study.config.study.description
    note = [Words(f"The question: {described}")] if described else []
    table = Table("Tables", ["Table", "File", "Coordinates", "Rows used"], lines, 3)
    return [
        *note,
        table,
        Words("run.json has the SHA-256 of every file read and the versions of the programs.", "note"),
    ]


def _travel(plan: Plan) -> Table:
    counts = {
        what: rows["source"].astype(str).value_counts(sort=False).sort_index()
        for what, rows in (("trips", plan.network.trips), ("lanes", plan.network.lanes))
    }
    lines = [[what, str(source), number(rows)] for what, one in counts.items() for source, rows in one.items()]
    return Table("Where minutes and hours are from", ["Rows", "Source", "Number"], lines, 2)


def _parameters(plan: Plan) -> list[Block]:
    table = plan.assumptions
    if table.empty:
        return []
    published = table[~table["is_assumption"]]
    if published.empty:
        return [Words("No parameter has a published source.")]
    names = published.assign(name=published["where"].astype(str) + ": " + published["column"].astype(str))
    grouped = names.groupby("source", sort=False)["name"].agg(lambda given: ", ".join(pd.unique(given)))
    lines = [[str(source), parameters] for source, parameters in grouped.items()]
    return [Table("Sources of the parameters that are no assumptions", ["Source", "Parameters"], lines, 2)]


def _notices(plan: Plan) -> list[Block]:
    folder = None if plan.study is None else plan.study.folder
    files = (
        []
        if folder is None
        else sorted({file for pattern in NOTICES for file in folder.glob(pattern) if file.is_file()})
    )
    if not files:
        return [Words("The study's folder holds no notice and no licence; ask its author how its data may be used.")]
    blocks: list[Block] = []
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace").strip()
        if len(text) <= MOST_NOTICE:
            blocks.append(Verbatim(file.name, text))
        else:
            blocks.append(Words(f"{file.name} in the study's folder goes with the data."))
    return blocks
