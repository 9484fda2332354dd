"""The output folder as a whole: what is in it, when it is refused, and that it is never half there."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from siting.export import export as module
from siting.export.explore import explore
from siting.export.export import WRITERS, export
from tests.export.fake_plan import emptied, fake_plan

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace


def _fail(plan: object, path: Path) -> None:
    path.write_text("half")
    msg = "disk full"
    raise OSError(msg)


def test_every_writer_writes_its_file(plan: SimpleNamespace, tmp_path: Path) -> None:
    """The folder holds what the dict of writers names, and nothing else; a plan without a study has no snapshot."""
    folder = export(plan, tmp_path / "deep" / "out")
    assert {path.name for path in folder.iterdir()} == set(WRITERS) - {"study", "solution.npz"}
    assert [path.name for path in folder.parent.iterdir()] == ["out"]
    assert (folder / "summary.txt").read_text() == "Two units open.\n"
    assert (folder / "solver.log").read_text() == "solver says hello\n"


def test_plan_without_units_is_written(tmp_path: Path) -> None:
    """A plan that opens nothing has empty tables; every file is still written."""
    folder = export(emptied(fake_plan()), tmp_path / "out")
    assert (folder / "tables" / "lanes.csv").read_text().splitlines()[1:] == []


def test_a_failed_writer_leaves_nothing(plan: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When one writer fails, neither the folder nor its temporary sibling remains."""
    monkeypatch.setitem(module.WRITERS, "map.html", _fail)
    with pytest.raises(OSError, match="disk full"):
        export(plan, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_overwrite_keeps_the_old_folder(
    plan: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When overwriting fails, the earlier export is still there, file by file."""
    folder = export(plan, tmp_path / "out")
    before = _digests(folder)
    monkeypatch.setitem(module.WRITERS, "run.json", _fail)
    with pytest.raises(OSError, match="disk full"):
        export(fake_plan(status="optimal"), folder, overwrite=True)
    assert _digests(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_plan_that_fails_its_recount_is_not_written(tmp_path: Path) -> None:
    """plan.check() comes first; what it raises passes through and nothing is made."""

    def refuse() -> None:
        msg = "recount disagrees"
        raise ValueError(msg)

    with pytest.raises(ValueError, match="recount disagrees"):
        export(fake_plan(check=refuse), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_existing_folder_is_refused(plan: SimpleNamespace, tmp_path: Path) -> None:
    """An existing folder needs overwrite=True, even when it is empty; the message says what to do."""
    with pytest.raises(FileExistsError, match="exists already; choose another folder, or allow overwriting"):
        export(plan, tmp_path)


def test_existing_file_is_refused(plan: SimpleNamespace, tmp_path: Path) -> None:
    """A file of that name is never replaced by a folder."""
    path = tmp_path / "out"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="is not a folder"):
        export(plan, path, overwrite=True)
    assert path.read_text() == "mine"


def test_empty_folder_may_be_overwritten(plan: SimpleNamespace, tmp_path: Path) -> None:
    """An empty folder holds nothing to lose."""
    folder = tmp_path / "out"
    folder.mkdir()
    assert export(plan, folder, overwrite=True) == folder


def test_folder_of_someone_else_is_not_overwritten(plan: SimpleNamespace, tmp_path: Path) -> None:
    """A folder without run.json was not written by us and stays as it is."""
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(FileExistsError, match=r"not an earlier export \(it holds no run.json\)"):
        export(plan, tmp_path, overwrite=True)
    assert (tmp_path / "thesis.docx").exists()


def test_files_added_to_an_export_are_not_deleted(plan: SimpleNamespace, tmp_path: Path) -> None:
    """What the analyst put into an output folder is named, not deleted."""
    folder = export(plan, tmp_path / "out")
    (folder / "board.qgz").write_text("a QGIS project")
    with pytest.raises(FileExistsError, match=r"does not write \(board.qgz\); move them away first"):
        export(plan, folder, overwrite=True)


def test_overwrite_replaces_an_earlier_export(plan: SimpleNamespace, tmp_path: Path) -> None:
    """The new plan takes the place of the old one and leaves no other folder behind."""
    folder = export(plan, tmp_path / "out")
    export(fake_plan(status="optimal", gap=0.0), folder, overwrite=True)
    assert json.loads((folder / "run.json").read_text())["status"] == "optimal"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_notebook_view_holds_the_whole_page_escaped(plan: SimpleNamespace) -> None:
    """The frame's srcdoc is one attribute: no quote of the page ends it early."""
    view = explore(plan, height=500)
    text = view._repr_html_()
    assert view.page.startswith("<!DOCTYPE html>")
    assert text.count('"') == 6
    assert "height:500px" in text
