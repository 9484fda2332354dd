"""Every column of every study table, declared once.

The declaration below validates what is read (`siting.study.validate`), documents it (``siting schema``) and makes the
templates of ``siting init``. A number that is a parameter of the model, as opposed to a fact about a place, may have a
sibling column ``<name>_source`` that says where the value comes from; the word "assumption" marks a value that nobody
has published. The default of such a column has its own source, here. Siblings ``<name>_low`` and ``<name>_high`` may
give the range that the same source leaves open; `siting.whatif.tornado` asks what the range is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from siting.study.law import KINDS

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

    @property
    def range_names(self) -> tuple[str, ...]:
        """Names of the columns that may hold the least and greatest value thought possible; none for other columns."""
        return (f"{self.name}_low", f"{self.name}_high") if self.is_parameter and self.kind == "number" else ()


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

    def column_or_bound(self, name: str) -> Column | None:
        """Return the column of that name, or the one that ``<name>_low`` or ``<name>_high`` bounds, under that name."""
        if name in self._by_name:
            return self._by_name[name]
        bounded = next((column for column in self.columns if name in column.range_names), None)
        return None if bounded is None else replace(bounded, name=name, default=None)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> tuple[str, ...]:
        """The declared column names, in order."""
        return tuple(column.name for column in self.columns)


_ABSURD = {
    "cases/100k/year": 100_000.0,
    "1/day": 1.0,
    "d": 365.0,
    "h": 1_000.0,
    "ratio": 100.0,
    "years": 100.0,
    "months": 1_200.0,
}
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
        Column("capabilities", "text", "What it has that a platform may need, separated by ';', such as apheresis.",
               default=""),
        _amount("rent_per_m2", "Rent of the floor space of a unit.", "money/m2/year", 0.0),
        _amount("purchase_per_m2", "One-off price of floor space that is built or bought instead of rented; empty "
                "means rented.", "money/m2", None),
        _amount("wage_factor", "Wages relative to the staff table.", "ratio", 1.0, "1: no difference"),
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
        _amount("list_price", "Price the manufacturer charges for an infused dose: base of royalties and of the "
                "margin; empty means unknown.", "money/dose", None),
        _amount("avoided_care_value", "Other care that an infused patient no longer needs, saved by the insurer.",
                "money/patient", 0.0, "0: not counted unless given"),
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
        _amount("cryo_window_h", "Longest transport of frozen cells, one way; empty means no limit.", "h", None),
        Column("cancelled_share", "number", "Share of all starts that are cancelled and begun anew: they use slots and "
               "money, and no patient is lost by them.", "share", 0.0, low=0, high=0.9,
               source="0: not counted unless given"),
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
        Column("repair_d", "number", "Mean days of an outage; with availability it says how often one comes (siting "
               "simulate).", "d", 3.0, low=0.01, source=ASSUMPTION),
        Column("operating_days_per_year", "number", "Days a year on which a unit starts and works batches.", "d/year",
               365.0, low=1, high=366, source="365: every day"),
        Column("shifts_per_day", "integer", "Shifts that are staffed on an operating day.", "shifts/day", 1, low=1,
               high=4, source=ASSUMPTION),
        _amount("starts_per_shift", "Most starts that the staff of a unit can handle in one shift; empty means no "
                "limit.", "starts/shift", None),
        Column("slots", "integer", "Patients one platform works on at a time.", "batches", 1, low=1, high=1000,
               source="1: one patient a machine"),
        Column("max_count", "integer", "Most platforms in one unit.", "platforms", 8, low=1, high=1000,
               source=ASSUMPTION),
        _amount("setup_cost", "One-off cost of a unit without its platforms.", "money", REQUIRED),
        _amount("capex_per_platform", "Price of one platform, installed.", "money/platform", REQUIRED),
        _amount("fixed_opex", "Yearly fixed cost of a unit: quality, staff, licence; without the people of the staff "
                "table, if there is one.", "money/year", REQUIRED),
        _amount("fixed_opex_per_platform", "Yearly fixed cost for each platform.", "money/platform/year", REQUIRED),
        _amount("making_cost_per_start", "Consumables, tests and labour of one start, without vector.",
                "money/start", REQUIRED),
        _amount("area_m2", "Floor space of a unit with one stack of platforms.", "m2", 12.0,
                "ZS white paper: at least 12 m2 a unit"),
        _amount("area_per_stack_m2", "Floor space of each further stack.", "m2", 6.0),
        Column("stack", "integer", "Platforms that stand on one another.", "platforms", 1, low=1, source=ASSUMPTION),
        _amount("fit_out_per_m2", "One-off cost of fitting out a square metre of the unit, beside setup_cost.",
                "money/m2", 0.0, "0: inside setup_cost"),
        Column("needs", "text", "Capabilities that the hospital must have, separated by ';'.", default=""),
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
        _share("royalty_share", "Share of the list price of each infused dose, from hospital to manufacturer.", 0.0,
               "0: no royalty unless given; 0.5-5 % of sales in one licence (SEC R14 2021, Orgenesis)"),
        _amount("fee_per_start", "Fee from manufacturer to hospital for each start (fee for service).", "money/start",
                0.0),
        _amount("fee_per_dose", "Fee from manufacturer to hospital for each dose released in specification.",
                "money/dose", 0.0),
        _amount("milestone_starts", "Starts a year from which a unit earns its milestone payment.", "starts/year", 0.0),
        _amount("milestone_payment", "Payment from manufacturer to hospital for each year in which the unit reaches "
                "milestone_starts.", "money/year", 0.0),
        Column("host_must_break_even", "boolean", "Whether a unit opens only where its fees cover the host's cost.",
               default=False),
        _share("host_margin", "What the fees must leave to the host beyond its cost, as a share of that cost.", 0.0,
               "0: break-even"),
        _share("ramp_up", "Share of new capacity that a unit can use in the first period it has it; needs periods.",
               1.0, "1: no ramp-up"),
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
        _amount("making_cost_per_start", "Cost of one start that ends when the start is not made, without vector; "
                "empty where batch_cost is given.", "money/start", None),
        _amount("fixed_cost_per_year", "Fixed cost that ends only when the plant is left, beside that of batch_cost.",
                "money/year", 0.0),
        _amount("batch_cost", "Whole cost of a batch as quoted, with the product's vector and the fixed part; a "
                "start then costs batch_cost x (1 - fixed_share), vector included.", "money/start", None),
        _share("fixed_share", "Share of batch_cost that stays when a batch is not made.", 0.325,
               "ZS white paper: 30-35 % of a batch is hard to address, midpoint"),
        _amount("reference_batches_per_year", "Batches a year at which batch_cost was quoted; with it the fixed part "
                "is batch_cost x fixed_share x this a year, without it the fixed part is in no plan.", "batches/year",
                None),
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
        Column("service_class", "id", "Service class it is about; empty means all.", default="",
               refers_to="service_classes"),
        _amount("starts_per_year", "Starts a year that keep the wait acceptable.", "starts/year", REQUIRED),
    ),
    key=("platform", "count", "service_class"),
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

REGIMES = Table(
    "regimes",
    "What it takes to be allowed to make cells: one approval for all the regions of a row, by mode if need be.",
    (
        _ID,
        _NAME,
        Column("regions", "text", "Regions of hospitals it covers, separated by ';'; * means all that no other row "
               "names.", default="*"),
        Column("mode", "text", "Mode it covers; * means all that no other row of the region names.", default="*"),
        Column("pathway", "text", "Pathway it is about, see regulation.pathway; empty means either.", default="",
               choices=("", "tech_transfer", "new_product")),
        Column("is_allowed", "boolean", "Whether units of the mode are allowed there at all.", default=True),
        _amount("activation_cost", "One-off cost of the first unit there, paid once for all.", "money", REQUIRED),
        _amount("yearly_cost", "Yearly cost of keeping the approval.", "money/year", 0.0),
        _amount("activation_months", "Time from the start of the first period to the first unit.", "months",
                REQUIRED),
        Column("note", "text", "What the regime is based on.", default=""),
    ),
    is_required=False,
)  # fmt: skip

RULES = Table(
    "rules",
    "What law and payers forbid or ask for. Places: ids separated by ';', region:NAME, * or nothing for all, "
    "'not ' before what is left out.",
    (
        _ID,
        Column("kind", "text", "forbid_trip (patients), forbid_lane, same_hospital_only, same_region_only (cells), "
               "forbid_site (units) or hub (a unit needs its control site).", default=REQUIRED,
               choices=tuple(KINDS)),
        Column("origin", "text", "Areas of a trip, hospitals of a lane, or the hospital that is the hub.", default=""),
        Column("destination", "text", "Hospitals of a trip, sites of a lane, sites without units, or the hub's "
               "spokes.", default=""),
        Column("product", "id", "Product it is about; empty means all.", default="", refers_to="products"),
        Column("mode", "id", "Mode it is about; empty means all, central plants too.", default="", refers_to="modes"),
        Column("span", "integer", "Most spokes that a hub may have.", "units", 0, low=0, high=10_000),
        Column("note", "text", "Where the rule stands.", default=""),
    ),
    is_required=False,
)  # fmt: skip

SERVICE_CLASSES = Table(
    "service_classes",
    "Promised waits that a unit may be run at, such as fast and slow; without this table there is queue.max_wait_d.",
    (
        _ID,
        _NAME,
        Column("max_wait_d", "number", "Longest mean wait for a slot.", "d", REQUIRED, low=1e-6, high=365,
               source=ASSUMPTION),
        _amount("making_cost_factor", "Cost of a start relative to the platform table.", "ratio", 1.0,
                "1: no difference"),
    ),
    is_required=False,
)  # fmt: skip

USES = Table(
    "uses",
    "How much of a unit the study's products have for themselves, exclusive or shared; without this table, all of it.",
    (
        _ID,
        _NAME,
        _share("cost_share", "Share of setup, platforms, space, staff and fixed cost that they bear.", 1.0,
               "1: exclusive use"),
        _share("capacity_share", "Share of the capacity that is reserved for them.", 1.0, "1: exclusive use"),
    ),
    is_required=False,
)  # fmt: skip

STAFF = Table(
    "staff",
    "People of a unit by skill; their cost comes on top of fixed_opex and is shared between the payers like it.",
    (
        Column("platform", "id", "Platform.", default=REQUIRED, refers_to="platforms"),
        Column("skill", "id", "Skill, such as operator or quality.", default=REQUIRED),
        _amount("fte_per_unit", "Posts in a unit of any size.", "fte", 0.0),
        _amount("fte_per_platform", "Posts for each platform.", "fte/platform", 0.0),
        _amount("wage_per_year", "Yearly cost of one full-time person.", "money/fte/year", REQUIRED),
        Column("is_every_shift", "boolean", "Whether the posts are filled in every shift (platforms.shifts_per_day).",
               default=True),
        _amount("shift_factor", "People employed to fill one post of one shift all year.", "ratio", 1.0,
                "1: nobody is away"),
    ),
    key=("platform", "skill"),
    is_required=False,
)  # fmt: skip

SUCCESS = Table(
    "success",
    "How starts go, by mode, platform, lane and product: the row that names most of them holds. What a mode or a lane "
    "changes is added unless the row names it.",
    (
        Column("mode", "id", "Mode; empty means all.", default="", refers_to="modes"),
        Column("platform", "id", "Platform or central plant; empty means all.", default=""),
        Column("link_class", "text", "Lane; empty means all.", default="",
               choices=("", "at", "close", "far", "central")),
        Column("product", "id", "Product; empty means all.", default="", refers_to="products"),
        _share("first_start_success", "Share of first starts that meet specification.", REQUIRED),
        _share("restart_share", "Share of failed starts that are started again; empty takes that of the product.",
               None),
        _share("second_start_success", "Share of second starts that meet specification; empty takes that of the "
               "product.", None),
    ),
    key=("mode", "platform", "link_class", "product"),
    is_required=False,
)  # fmt: skip

CAPABILITIES = Table(
    "capabilities",
    "What platforms may need of a hospital, and what it costs to add it; without this table nothing can be added.",
    (
        _ID,
        _NAME,
        _amount("cost_to_add", "One-off cost of adding it to a hospital that lacks it; empty means it cannot be added.",
                "money", None),
    ),
    is_required=False,
)  # fmt: skip

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        AREAS, HOSPITALS, PRODUCTS, PLATFORMS, MODES, CENTRAL_PLANTS, TRIPS, LANES, CAPACITIES, PERIODS, SCENARIOS,
        DEMAND, REGIMES, RULES, SERVICE_CLASSES, USES, STAFF, SUCCESS, CAPABILITIES,
    )
}  # fmt: skip
"""All tables of a study by name, in the order in which they are read and shown."""
