"""A study of two areas and two hospitals, and a way to write variants of it that show only their difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TINY = {
    "study.toml": '[study]\nname = "Tiny"\n',
    "areas.csv": "id,lon,lat,population\n01001,-97.0,31.0,1000\n01003,-98.0,30.0,2000\n",
    "hospitals.csv": "id,name,lon,lat,region,beds\nH1,First,-97.1,31.1,North,300\nH2,Second,-98.1,30.1,South,\n",
    "products.csv": "id,incidence_per_100k,eligible_share,lost_patient_price\ncart,10,0.5,400000\n",
    "platforms.csv": (
        "id,process_d,setup_cost,capex_per_platform,fixed_opex,fixed_opex_per_platform,making_cost_per_start\n"
        "box,8,1000000,200000,500000,50000,60000\n"
    ),
    "modes.csv": "id,capex_host_share\nowned,0\nfranchise,0.5\n",
}

Edits = dict[str, "str | tuple[str, str] | None"]


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Path]:
    """Write the tiny study with edits: file = new text, (old, new) to replace, or None to leave the file out."""

    def make(edits: Edits | None = None, name: str = "tiny") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file, text in {**TINY, **(edits or {})}.items():
            if isinstance(text, tuple):
                old, new = text
                assert old in TINY[file]
                text = TINY[file].replace(old, new)
            if text is not None:
                (folder / file).write_text(text, encoding="utf-8")
        return folder

    return make
