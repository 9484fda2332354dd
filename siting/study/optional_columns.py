"""The columns of the tables that a study may leave out; see `siting.study.columns`."""

from __future__ import annotations

from siting.study.declare import ASSUMPTION, ID, NAME, REQUIRED, Column, Table, amount, share
from siting.study.law import KINDS

TRIPS = Table(
    "trips",
    "Your own travel matrix for patients; a pair that is missing cannot be travelled.",
    (
        Column("area", "id", "Area.", default=REQUIRED, refers_to="areas"),
        Column("hospital", "id", "Hospital.", default=REQUIRED, refers_to="hospitals"),
        Column("minutes", "number", "One-way travel time.", "min", REQUIRED, low=0, high=6000),
        Column("km", "number", "One-way road distance; empty takes detour x great circle.", "km", None, low=0,
               high=20100),
        Column("source", "text", "Where the row is from: matrix, osrm, valhalla, osm, great-circle.", default="matrix"),
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
        Column("source", "text", "Where the row is from: matrix, osrm, valhalla, osm, great-circle.", default="matrix"),
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
        amount("starts_per_year", "Starts a year that keep the wait acceptable.", "starts/year", REQUIRED),
    ),
    key=("platform", "count", "service_class"),
    is_required=False,
)  # fmt: skip

PERIODS = Table(
    "periods",
    "Planning periods in order; a study without this table has one.",
    (
        ID,
        amount("years", "Length.", "years", 1.0, "1: costs a year"),
        amount("demand_factor", "Demand relative to the areas table.", "ratio", 1.0, "1: no growth"),
    ),
    is_required=False,
)

SCENARIOS = Table(
    "scenarios",
    "Futures that one design must serve; a study without this table has one.",
    (
        ID,
        share("probability", "Probability; they add up to 1.", REQUIRED),
        amount("demand_factor", "Demand relative to the areas table.", "ratio", 1.0, "1: no change"),
    ),
    is_required=False,
)

DEMAND = Table(
    "demand",
    "Your own patients a year by area; replaces population x incidence x eligible share for the products it names.",
    (
        Column("area", "id", "Area.", default=REQUIRED, refers_to="areas"),
        Column("product", "id", "Product.", default=REQUIRED, refers_to="products"),
        amount("patients_per_year", "Patients referred if care were next door.", "patients/year", REQUIRED),
    ),
    key=("area", "product"),
    is_required=False,
)

REGIMES = Table(
    "regimes",
    "What it takes to be allowed to make cells: one approval for all the regions of a row, by mode if need be.",
    (
        ID,
        NAME,
        Column("regions", "text", "Regions of hospitals it covers, separated by ';'; * means all that no other row "
               "names.", default="*"),
        Column("mode", "text", "Mode it covers; * means all that no other row of the region names.", default="*"),
        Column("pathway", "text", "Pathway it is about, see regulation.pathway; empty means either.", default="",
               choices=("", "tech_transfer", "new_product")),
        Column("is_allowed", "boolean", "Whether units of the mode are allowed there at all.", default=True),
        amount("activation_cost", "One-off cost of the first unit there, paid once for all.", "money", REQUIRED),
        amount("yearly_cost", "Yearly cost of keeping the approval.", "money/year", 0.0),
        amount("activation_months", "Time from the start of the first period to the first unit.", "months",
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
        ID,
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
        ID,
        NAME,
        Column("max_wait_d", "number", "Longest mean wait for a slot.", "d", REQUIRED, low=1e-6, high=365,
               source=ASSUMPTION),
        amount("making_cost_factor", "Cost of a start relative to the platform table.", "ratio", 1.0,
                "1: no difference"),
    ),
    is_required=False,
)  # fmt: skip

USES = Table(
    "uses",
    "How much of a unit the study's products have for themselves, exclusive or shared; without this table, all of it.",
    (
        ID,
        NAME,
        share("cost_share", "Share of setup, platforms, space, staff and fixed cost that they bear.", 1.0,
               "1: exclusive use"),
        share("capacity_share", "Share of the capacity that is reserved for them.", 1.0, "1: exclusive use"),
    ),
    is_required=False,
)  # fmt: skip

STAFF = Table(
    "staff",
    "People of a unit by skill; their cost comes on top of fixed_opex and is shared between the payers like it.",
    (
        Column("platform", "id", "Platform.", default=REQUIRED, refers_to="platforms"),
        Column("skill", "id", "Skill, such as operator or quality.", default=REQUIRED),
        amount("fte_per_unit", "Posts in a unit of any size.", "fte", 0.0),
        amount("fte_per_platform", "Posts for each platform.", "fte/platform", 0.0),
        amount("wage_per_year", "Yearly cost of one full-time person.", "money/fte/year", REQUIRED),
        Column("is_every_shift", "boolean", "Whether the posts are filled in every shift (platforms.shifts_per_day).",
               default=True),
        amount("shift_factor", "People employed to fill one post of one shift all year.", "ratio", 1.0,
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
        share("first_start_success", "Share of first starts that meet specification.", REQUIRED),
        share("restart_share", "Share of failed starts that are started again; empty takes that of the product.",
               None),
        share("second_start_success", "Share of second starts that meet specification; empty takes that of the "
               "product.", None),
    ),
    key=("mode", "platform", "link_class", "product"),
    is_required=False,
)  # fmt: skip

CAPABILITIES = Table(
    "capabilities",
    "What platforms may need of a hospital, and what it costs to add it; without this table nothing can be added.",
    (
        ID,
        NAME,
        amount("cost_to_add", "One-off cost of adding it to a hospital that lacks it; empty means it cannot be added.",
                "money", None),
    ),
    is_required=False,
)  # fmt: skip
