"""Plans of small studies written with their report: one unit, none, two products over two periods, not proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from helpers import DATA, write_study
from pages import stopped

import siting
from siting.export.export import REPORT, export
from siting.report.report import writer

if TYPE_CHECKING:
    from pathlib import Path

    from siting.plan.plan import Plan
    from siting.study.study import Study

LONG = "The North General & Memorial Hospital of the Sisters of <script>alert(1)</script> Northwick - Campus East"


def written(study: Study, folder: Path, gap: float = 0.0) -> tuple[Plan, Path]:
    """Solve a study and write its output folder with the report, as the command line does."""
    plan = siting.optimize(study, gap=gap)
    return plan, export(plan, folder, also={REPORT: writer("OUT")})


def staged_study(folder: Path) -> Study:
    """Return tiny with two products, two periods, two scenarios and a name that is long and full of markup."""
    products = (DATA / "tiny" / "products.csv").read_text(encoding="utf-8")
    hospitals = (DATA / "tiny" / "hospitals.csv").read_text(encoding="utf-8")
    second = products.splitlines()[1].replace("cart,CAR-T,100", "tcr,TCR,60")
    return write_study(
        folder,
        {
            "products.csv": f"{products.rstrip()}\n{second}\n",
            "periods.csv": "id,years,demand_factor\nearly,2,0.5\nlate,3,1.1\n",
            "scenarios.csv": "id,probability,demand_factor\nlow,0.5,0.8\nhigh,0.5,1.2\n",
            "hospitals.csv": hospitals.replace("North General", LONG),
        },
    )


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all plans of these tests are written to."""
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="session")
def one(tiny: Study, home: Path) -> tuple[Plan, Path]:
    """Return the plan of tiny, which opens one unit, and its folder."""
    return written(tiny, home / "one")


@pytest.fixture(scope="session")
def none(tiny: Study, home: Path) -> tuple[Plan, Path]:
    """Return the plan of tiny without any unit, and its folder."""
    return written(tiny.replace({"limits.sites.max": 0}), home / "none")


@pytest.fixture(scope="session")
def staged(home: Path) -> tuple[Plan, Path]:
    """Return a plan of two products and two periods, and its folder."""
    return written(staged_study(home / "study"), home / "staged")


@pytest.fixture(scope="session")
def unproven(one: tuple[Plan, Path], home: Path) -> tuple[Plan, Path]:
    """Return the plan of tiny as a solve would leave it that was stopped at a bound of nine tenths, and its folder."""
    cut = stopped(one[0])
    return cut, export(cut, home / "unproven", also={REPORT: writer("OUT")})
