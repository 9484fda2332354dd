"""Every column of every study table, declared once.

The declaration below validates what is read (`siting.study.validate`), documents it (``siting schema``) and makes the
templates of ``siting init``. A number that is a parameter of the model, as opposed to a fact about a place, may have a
sibling column ``<name>_source`` that says where the value comes from; the word "assumption" marks a value that nobody
has published. The default of such a column has its own source, here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

Kind = Literal["id", "text", "number", "integer", "boolean"]
ASSUMPTION = "assumption"
REQUIRED = object()
"""Marks a column that has no default: the table must give it."""


@dataclass(frozen=True)
class Column:
    """One column: its name, what it holds, and what is allowed in it.

    Attributes
    ----------
    name : str
        Name in the study; the unit ends the name where there is one.
    kind : {"id", "text", "number", "integer", "boolean"}
        Ids are always text, so that "01001" keeps its zero.
    description : str
        One sentence, shown by ``siting schema`` and in templates.
    unit : str
        Unit of a number; empty for shares and counts.
    default : object
        Value of an empty cell or a missing column; `REQUIRED` if there must be one; None means "unknown".
    low, high : float or None
        Least and greatest value allowed, both included.
    choices : tuple of str
        The only words allowed, if any.
    refers_to : str
        Table whose ids the values must be found in.
    source : str
        Source of the default, or "assumption"; given for parameters only.
    """

    name: str
    kind: Kind
    description: str
    unit: str = ""
    default: object = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    refers_to: str = ""
    source: str = ""

    @property
    def is_required(self) -> bool:
        """Whether the table must give a value in every row."""
        return self.default is REQUIRED

    @property
    def is_parameter(self) -> bool:
        """Whether values carry a source of their own (``<name>_source``)."""
        return bool(self.source)


@dataclass(frozen=True)
class Table:
    """One table of a study: its columns and the columns that identify a row."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    is_required: bool = True
    is_spatial: bool = False

    def column(self, name: str) -> Column:
        """Return the declaration of one column; KeyError if there is none of that name."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> tuple[str, ...]:
        """The declared column names, in order."""
        return tuple(column.name for column in self.columns)


_ABSURD = {"cases/100k/year": 100_000.0, "1/day": 1.0, "d": 365.0, "h": 1_000.0, "ratio": 100.0, "years": 100.0}
"""More than this, by unit, is a slip of the pen."""


def _share(name: str, description: str, default: object, source: str = ASSUMPTION) -> Column:
    return Column(name, "number", description, "share", default, low=0, high=1, source=source)


def _amount(name: str, description: str, unit: str, default: object = 0.0, source: str = ASSUMPTION) -> Column:
    return Column(name, "number", description, unit, default, low=0, high=_ABSURD.get(unit), source=source)


_ID = Column("id", "id", "Identifier, kept as text.", default=REQUIRED)
_NAME = Column("name", "text", "Name shown to people; the id where it is empty.", default="")
_POINT = (
    Column("lon", "number", "Longitude, WGS 84.", "degrees", REQUIRED, low=-180, high=180),
    Column("lat", "number", "Latitude, WGS 84.", "degrees", REQUIRED, low=-90, high=90),
)
_REGION = Column("region", "text", "Region (state, health board) that limits and summaries refer to.", default="")

AREAS = Table(
    "areas",
    "Where patients live: one row for a county, postcode area or district.",
    (
        _ID,
        _NAME,
        *_POINT,
        Column("population", "number", "People who live there.", "people", REQUIRED, low=0, high=2e9),
        Column(
            "demand_factor", "number", "Incidence relative to the product's rate, for age or the like.", "ratio",
            1.0, low=0, source="1: no adjustment",
        ),
        _REGION,
        Column("group", "text", "Group for fairness figures, such as rural or urban.", default=""),
    ),
    is_spatial=True,
)  # fmt: skip

HOSPITALS = Table(
    "hospitals",
    "Hospitals that treat patients today or could host a unit.",
    (
        _ID,
        _NAME,
        *_POINT,
        Column("city", "text", "City.", default=""),
        _REGION,
        Column("owner", "text", "Owner or health system.", default=""),
        Column("beds", "number", "Beds; empty means unknown.", "beds", None, low=0, high=20_000),
        Column("treats_today", "boolean", "Gives the therapy to patients today (treatment centre).", default=False),
        Column("can_host", "boolean", "May host a unit.", default=True),
        Column("becomes_centre", "boolean", "Starts to treat patients when it hosts a unit.", default=True),
        Column("space_m2", "number", "Floor space free for a unit; empty means unknown.", "m2", None, low=0),
        Column(
            "cleanroom_grade", "text", "Best clean room it has (A is cleanest); empty means unknown.", default="",
            choices=("", "A", "B", "C", "D", "none"),
        ),
        _amount("rent_per_m2", "Rent of the floor space of a unit.", "money/m2/year", 0.0),
        Column(
            "treatment_capacity_per_year", "number", "Most patients it can treat; empty means no limit.",
            "patients/year", None, low=0,
        ),
        Column(
            "activation_cost", "number", "One-off cost of starting to treat; empty takes costs.activation.", "money",
            None, low=0,
        ),
        Column(
            "status", "text", "candidate, existing (has a unit today), required (must have one) or banned.",
            default="candidate", choices=("candidate", "existing", "required", "banned"),
        ),
        Column("existing_mode", "id", "Mode of the unit it has today.", default="", refers_to="modes"),
        Column("existing_platform", "id", "Platform of the unit it has today.", default="", refers_to="platforms"),
        Column("existing_count", "integer", "Number of platforms it has today.", "platforms", 0, low=0, high=1000),
        Column("may_close", "boolean", "Whether an existing unit may be closed.", default=False),
    ),
    is_spatial=True,
)  # fmt: skip

PRODUCTS = Table(
    "products",
    "Therapies: how many need them, what a lost patient costs, how cells keep.",
    (
        _ID,
        _NAME,
        _amount("incidence_per_100k", "New cases a year for 100,000 people.", "cases/100k/year", REQUIRED),
        _share("eligible_share", "Share of cases eligible and referred if care were next door.", REQUIRED),
        _amount(
            "lost_patient_price", "Price put on a patient who is referred but never infused.", "money/patient",
            REQUIRED,
        ),
        _amount("vector_cost_per_start", "Viral vector for one start.", "money/start", 57_500.0,
                "ZS white paper: 45-70 k$, midpoint"),
        _share("restart_share", "Share of failed starts that are started again.", 0.55,
               "UK panel 2019-23, large B-cell lymphoma: 21 of 38 (Dulobdas 2025)"),
        _share("second_start_success", "Share of second starts that meet specification.", 0.524,
               "UK panel 2019-23, large B-cell lymphoma: 11 of 21 (Dulobdas 2025)"),
        _share("oos_infused_share", "Share of finally failed batches infused out of specification.", 0.48,
               "UK panel 2019-23, large B-cell lymphoma: 13 of 27 (Dulobdas 2025)"),
        _amount("attrition_per_day", "Hazard of losing a waiting patient, for a day from collection to infusion.",
                "1/day", 0.004, "derived from PMC8427697 Table 2; confounded by patient mix"),
        Column("is_fresh_only", "boolean", "Cells may not be frozen: transport is bound by fresh_window_h.",
               default=False),
        _amount("fresh_window_h", "Longest transport of fresh cells, one way.", "h", 24.0,
                "24-36 h for fresh apheresis material (organabio.com)"),
        Column("max_vein_to_vein_d", "number", "Longest vein-to-vein time allowed; empty means none.", "d", None,
               low=0, source=ASSUMPTION),
    ),
)  # fmt: skip

PLATFORMS = Table(
    "platforms",
    "Manufacturing machines a unit can be made of.",
    (
        _ID,
        _NAME,
        _amount("process_d", "Days from start to harvest.", "d", REQUIRED),
        _amount("turnaround_d", "Days to clean and prepare between batches.", "d", 1.0),
        _amount("release_d", "Days of quality control and release after harvest.", "d", 5.0),
        _share("availability", "Share of days the platform can work.", 1.0),
        Column("slots", "integer", "Patients one platform works on at a time.", "batches", 1, low=1, high=1000,
               source="1: one patient a machine"),
        Column("max_count", "integer", "Most platforms in one unit.", "platforms", 8, low=1, high=1000,
               source=ASSUMPTION),
        _amount("setup_cost", "One-off cost of a unit without its platforms.", "money", REQUIRED),
        _amount("capex_per_platform", "Price of one platform, installed.", "money/platform", REQUIRED),
        _amount("fixed_opex", "Yearly fixed cost of a unit: quality, staff, licence.", "money/year", REQUIRED),
        _amount("fixed_opex_per_platform", "Yearly fixed cost for each platform.", "money/platform/year", REQUIRED),
        _amount("making_cost_per_start", "Consumables, tests and labour of one start, without vector.",
                "money/start", REQUIRED),
        _amount("area_m2", "Floor space of a unit with one stack of platforms.", "m2", 12.0,
                "ZS white paper: at least 12 m2 a unit"),
        _amount("area_per_stack_m2", "Floor space of each further stack.", "m2", 6.0),
        Column("stack", "integer", "Platforms that stand on one another.", "platforms", 1, low=1, source=ASSUMPTION),
        Column("cleanroom_grade", "text", "Clean room needed; D or none for closed machines.", default="none",
               choices=("A", "B", "C", "D", "none")),
        _share("first_start_success", "Share of first starts that meet specification, made where the patient is.",
               0.9613, "UK panel 2019-23, large B-cell lymphoma (Dulobdas 2025)"),
        Column("products", "text", "Products it can make, separated by ';'; empty means all.", default=""),
    ),
)  # fmt: skip

MODES = Table(
    "modes",
    "Who runs a unit and on what terms: owned, franchise, or what you add.",
    (
        _ID,
        _NAME,
        _share("capex_host_share", "Share of setup cost and platforms paid by the hospital.", 0.0),
        _share("opex_host_share", "Share of fixed yearly cost paid by the hospital.", 0.0),
        _share("making_host_share", "Share of the cost of each start paid by the hospital.", 0.0),
        Column("capex_factor", "number", "Setup cost and platforms relative to the platform table.", "ratio", 1.0,
               low=0, source="1: no difference"),
        Column("fixed_opex_factor", "number", "Fixed yearly cost relative to the platform table.", "ratio", 1.0,
               low=0, source="1: no difference"),
        _amount("oversight_per_year", "Yearly cost of watching over one unit, paid by the manufacturer.",
                "money/year", 0.0),
        _amount("entry_fee", "One-off fee from hospital to manufacturer.", "money", 0.0),
        _amount("fee_per_start", "Fee from manufacturer to hospital for each start.", "money/start", 0.0),
        Column("success_change", "number", "Added to first_start_success.", "share", 0.0, low=-1, high=1,
               source=ASSUMPTION),
        _amount("min_starts_per_year", "Least starts a year that keep a unit alive.", "starts/year", 0.0),
    ),
)  # fmt: skip

CENTRAL_PLANTS = Table(
    "central_plants",
    "Central plants of today, far from the hospitals; they compete inside the same model.",
    (
        _ID,
        _NAME,
        *_POINT,
        _REGION,
        Column("capacity_starts_per_year", "number", "Most starts a year; empty means no limit.", "starts/year", None,
               low=0, source=ASSUMPTION),
        _amount("making_cost_per_start", "Cost of one start that ends when the start is not made, without vector.",
                "money/start", REQUIRED),
        _amount("fixed_cost_per_year", "Fixed cost that ends only when the plant is left.", "money/year", 0.0),
        Column("may_close", "boolean", "Whether leaving the plant saves its fixed cost.", default=False),
        _amount("wait_d", "Mean wait for a slot.", "d", 7.0),
        _amount("process_d", "Days from start to harvest.", "d", 7.0, "Triantafyllou 2022 (7 + 7 days)"),
        _amount("release_d", "Days of quality control and release.", "d", 7.0, "Triantafyllou 2022 (7 + 7 days)"),
        _share("first_start_success", "Share of first starts that meet specification.", 0.9613,
               "UK panel 2019-23, large B-cell lymphoma (Dulobdas 2025)"),
        _amount("transport_h", "Hours from collection to arrival, one way, with freezing and handling.", "h", 48.0),
        _amount("courier_cost_per_shipment", "Price of one shipment, one way.", "money/shipment", 2_000.0,
                "within 200-3,500 $ a leg, Triantafyllou 2022"),
    ),
    is_required=False,
    is_spatial=True,
)  # fmt: skip

TRIPS = Table(
    "trips",
    "Your own travel matrix for patients; a pair that is missing cannot be travelled.",
    (
        Column("area", "id", "Area.", default=REQUIRED, refers_to="areas"),
        Column("hospital", "id", "Hospital.", default=REQUIRED, refers_to="hospitals"),
        Column("minutes", "number", "One-way travel time.", "min", REQUIRED, low=0, high=6000),
        Column("km", "number", "One-way road distance; empty takes detour x great circle.", "km", None, low=0,
               high=20100),
    ),
    key=("area", "hospital"),
    is_required=False,
)  # fmt: skip

LANES = Table(
    "lanes",
    "Your own courier matrix for cells; a pair that is missing cannot be shipped. A hospital reaches itself at once.",
    (
        Column("hospital", "id", "Hospital that sends cells.", default=REQUIRED, refers_to="hospitals"),
        Column("site", "id", "Hospital that hosts the unit.", default=REQUIRED, refers_to="hospitals"),
        Column("hours", "number", "One-way time from door to door, without handling.", "h", REQUIRED, low=0,
               high=1000),
        Column("km", "number", "One-way road distance; empty takes detour x great circle.", "km", None, low=0,
               high=20100),
    ),
    key=("hospital", "site"),
    is_required=False,
)  # fmt: skip

CAPACITIES = Table(
    "capacities",
    "Your own capacity table; replaces the queue formula for the platforms it names.",
    (
        Column("platform", "id", "Platform.", default=REQUIRED, refers_to="platforms"),
        Column("count", "integer", "Number of platforms in the unit.", "platforms", REQUIRED, low=1, high=1000),
        _amount("starts_per_year", "Starts a year that keep the wait acceptable.", "starts/year", REQUIRED),
    ),
    key=("platform", "count"),
    is_required=False,
)  # fmt: skip

PERIODS = Table(
    "periods",
    "Planning periods in order; a study without this table has one.",
    (
        _ID,
        _amount("years", "Length.", "years", 1.0, "1: costs a year"),
        _amount("demand_factor", "Demand relative to the areas table.", "ratio", 1.0, "1: no growth"),
    ),
    is_required=False,
)

SCENARIOS = Table(
    "scenarios",
    "Futures that one design must serve; a study without this table has one.",
    (
        _ID,
        _share("probability", "Probability; they add up to 1.", REQUIRED),
        _amount("demand_factor", "Demand relative to the areas table.", "ratio", 1.0, "1: no change"),
    ),
    is_required=False,
)

DEMAND = Table(
    "demand",
    "Your own patients a year by area; replaces population x incidence x eligible share for the products it names.",
    (
        Column("area", "id", "Area.", default=REQUIRED, refers_to="areas"),
        Column("product", "id", "Product.", default=REQUIRED, refers_to="products"),
        _amount("patients_per_year", "Patients referred if care were next door.", "patients/year", REQUIRED),
    ),
    key=("area", "product"),
    is_required=False,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        AREAS, HOSPITALS, PRODUCTS, PLATFORMS, MODES, CENTRAL_PLANTS, TRIPS, LANES, CAPACITIES, PERIODS, SCENARIOS,
        DEMAND,
    )
}  # fmt: skip
"""All tables of a study by name, in the order in which they are read and shown."""
