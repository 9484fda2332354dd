"""Every column of every study table, declared once.

The declaration below validates what is read (`siting.study.validate`), documents it (``siting schema``) and makes the
templates of ``siting init``. A number that is a parameter of the model, as opposed to a fact about a place, may have a
sibling column ``<name>_source`` that says where the value comes from; the word "assumption" marks a value that nobody
has published. The default of such a column has its own source, here. Siblings ``<name>_low`` and ``<name>_high`` may
give the range that the same source leaves open; `siting.whatif.tornado` asks what the range is worth.
"""

from __future__ import annotations

from siting.study.declare import ASSUMPTION, ID, NAME, REQUIRED, Column, Table, amount, share
from siting.study.optional_columns import (
    CAPABILITIES,
    CAPACITIES,
    DEMAND,
    LANES,
    PERIODS,
    REGIMES,
    RULES,
    SCENARIOS,
    SERVICE_CLASSES,
    STAFF,
    SUCCESS,
    TRIPS,
    USES,
)

_POINT = (
    Column("lon", "number", "Longitude, WGS 84.", "degrees", REQUIRED, low=-180, high=180),
    Column("lat", "number", "Latitude, WGS 84.", "degrees", REQUIRED, low=-90, high=90),
)
_REGION = Column("region", "text", "Region (state, health board) that limits and summaries refer to.", default="")

AREAS = Table(
    "areas",
    "Where patients live: one row for a county, postcode area or district.",
    (
        ID,
        NAME,
        *_POINT,
        Column(
            "population", "number", "People who live there; may be empty where table demand names every product.",
            "people", None, low=0, high=2e9,
        ),
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
        ID,
        NAME,
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
        amount("rent_per_m2", "Rent of the floor space of a unit.", "money/m2/year", 0.0),
        amount("purchase_per_m2", "One-off price of floor space that is built or bought instead of rented; empty "
                "means rented.", "money/m2", None),
        amount("wage_factor", "Wages relative to the staff table.", "ratio", 1.0, "1: no difference"),
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
        ID,
        NAME,
        amount("incidence_per_100k", "New cases a year for 100,000 people.", "cases/100k/year", REQUIRED),
        share("eligible_share", "Share of cases eligible and referred if care were next door.", REQUIRED),
        amount(
            "lost_patient_price", "Price put on a patient who is referred but never infused.", "money/patient",
            REQUIRED,
        ),
        amount("list_price", "Price the manufacturer charges for an infused dose: base of royalties and of the "
                "margin; empty means unknown.", "money/dose", None),
        amount("avoided_care_value", "Other care that an infused patient no longer needs, saved by the insurer.",
                "money/patient", 0.0, "0: not counted unless given"),
        amount("vector_cost_per_start", "Viral vector for one start.", "money/start", 57_500.0,
                "ZS white paper: 45-70 k$, midpoint"),
        share("restart_share", "Share of failed starts that are started again.", 0.55,
               "UK panel 2019-23, large B-cell lymphoma: 21 of 38 (Dulobdas 2025)"),
        share("second_start_success", "Share of second starts that meet specification.", 0.524,
               "UK panel 2019-23, large B-cell lymphoma: 11 of 21 (Dulobdas 2025)"),
        share("oos_infused_share", "Share of finally failed batches infused out of specification.", 0.48,
               "UK panel 2019-23, large B-cell lymphoma: 13 of 27 (Dulobdas 2025)"),
        amount("attrition_per_day", "Hazard of losing a waiting patient, for a day from collection to infusion.",
                "1/day", 0.004, "derived from PMC8427697 Table 2; confounded by patient mix"),
        Column("is_fresh_only", "boolean", "Cells may not be frozen: transport is bound by fresh_window_h.",
               default=False),
        amount("fresh_window_h", "Longest transport of fresh cells, one way.", "h", 24.0,
                "24-36 h for fresh apheresis material (organabio.com)"),
        amount("cryo_window_h", "Longest transport of frozen cells, one way; empty means no limit.", "h", None),
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
        ID,
        NAME,
        amount("process_d", "Days from start to harvest.", "d", REQUIRED),
        amount("turnaround_d", "Days to clean and prepare between batches.", "d", 1.0),
        amount("release_d", "Days of quality control and release after harvest.", "d", 5.0),
        share("availability", "Share of days the platform can work.", 1.0),
        Column("repair_d", "number", "Mean days of an outage; with availability it says how often one comes (siting "
               "simulate).", "d", 3.0, low=0.01, source=ASSUMPTION),
        Column("operating_days_per_year", "number", "Days a year on which a unit starts and works batches.", "d/year",
               365.0, low=1, high=366, source="365: every day"),
        Column("shifts_per_day", "integer", "Shifts that are staffed on an operating day.", "shifts/day", 1, low=1,
               high=4, source=ASSUMPTION),
        amount("starts_per_shift", "Most starts that the staff of a unit can handle in one shift; empty means no "
                "limit.", "starts/shift", None),
        Column("slots", "integer", "Patients one platform works on at a time.", "batches", 1, low=1, high=1000,
               source="1: one patient a machine"),
        Column("max_count", "integer", "Most platforms in one unit.", "platforms", 8, low=1, high=1000,
               source=ASSUMPTION),
        amount("setup_cost", "One-off cost of a unit without its platforms.", "money", REQUIRED),
        amount("capex_per_platform", "Price of one platform, installed.", "money/platform", REQUIRED),
        amount("fixed_opex", "Yearly fixed cost of a unit: quality, staff, licence; without the people of the staff "
                "table, if there is one.", "money/year", REQUIRED),
        amount("fixed_opex_per_platform", "Yearly fixed cost for each platform.", "money/platform/year", REQUIRED),
        amount("making_cost_per_start", "Consumables, tests and labour of one start, without vector.",
                "money/start", REQUIRED),
        amount("area_m2", "Floor space of a unit with one stack of platforms.", "m2", 12.0,
                "ZS white paper: at least 12 m2 a unit"),
        amount("area_per_stack_m2", "Floor space of each further stack.", "m2", 6.0),
        Column("stack", "integer", "Platforms that stand on one another.", "platforms", 1, low=1, source=ASSUMPTION),
        amount("fit_out_per_m2", "One-off cost of fitting out a square metre of the unit, beside setup_cost.",
                "money/m2", 0.0, "0: inside setup_cost"),
        Column("needs", "text", "Capabilities that the hospital must have, separated by ';'.", default=""),
        Column("cleanroom_grade", "text", "Clean room needed; D or none for closed machines.", default="none",
               choices=("A", "B", "C", "D", "none")),
        share("first_start_success", "Share of first starts that meet specification, made where the patient is.",
               0.9613, "UK panel 2019-23, large B-cell lymphoma (Dulobdas 2025)"),
        Column("products", "text", "Products it can make, separated by ';'; empty means all.", default=""),
    ),
)  # fmt: skip

MODES = Table(
    "modes",
    "Who runs a unit and on what terms: owned, franchise, or what you add.",
    (
        ID,
        NAME,
        share("capex_host_share", "Share of setup cost and platforms paid by the hospital.", 0.0),
        share("opex_host_share", "Share of fixed yearly cost paid by the hospital.", 0.0),
        share("making_host_share", "Share of the cost of each start paid by the hospital.", 0.0),
        Column("capex_factor", "number", "Setup cost and platforms relative to the platform table.", "ratio", 1.0,
               low=0, source="1: no difference"),
        Column("fixed_opex_factor", "number", "Fixed yearly cost relative to the platform table.", "ratio", 1.0,
               low=0, source="1: no difference"),
        amount("oversight_per_year", "Yearly cost of watching over one unit, paid by the manufacturer.",
                "money/year", 0.0),
        amount("entry_fee", "One-off fee from hospital to manufacturer.", "money", 0.0),
        share("royalty_share", "Share of the list price of each infused dose, from hospital to manufacturer.", 0.0,
               "0: no royalty unless given; 0.5-5 % of sales in one licence (SEC R14 2021, Orgenesis)"),
        amount("fee_per_start", "Fee from manufacturer to hospital for each start (fee for service).", "money/start",
                0.0),
        amount("fee_per_dose", "Fee from manufacturer to hospital for each dose released in specification.",
                "money/dose", 0.0),
        amount("milestone_starts", "Starts a year from which a unit earns its milestone payment.", "starts/year", 0.0),
        amount("milestone_payment", "Payment from manufacturer to hospital for each year in which the unit reaches "
                "milestone_starts.", "money/year", 0.0),
        Column("host_must_break_even", "boolean", "Whether a unit opens only where its fees cover the host's cost.",
               default=False),
        share("host_margin", "What the fees must leave to the host beyond its cost, as a share of that cost.", 0.0,
               "0: break-even"),
        share("ramp_up", "Share of new capacity that a unit can use in the first period it has it; needs periods.",
               1.0, "1: no ramp-up"),
        Column("success_change", "number", "Added to first_start_success.", "share", 0.0, low=-1, high=1,
               source=ASSUMPTION),
        amount("min_starts_per_year", "Least starts a year that keep a unit alive.", "starts/year", 0.0),
    ),
)  # fmt: skip

CENTRAL_PLANTS = Table(
    "central_plants",
    "Central plants of today, far from the hospitals; they compete inside the same model.",
    (
        ID,
        NAME,
        *_POINT,
        _REGION,
        Column("capacity_starts_per_year", "number", "Most starts a year; empty means no limit.", "starts/year", None,
               low=0, source=ASSUMPTION),
        amount("making_cost_per_start", "Cost of one start that ends when the start is not made, without vector; "
                "empty where batch_cost is given.", "money/start", None),
        amount("fixed_cost_per_year", "Fixed cost that ends only when the plant is left, beside that of batch_cost.",
                "money/year", 0.0),
        amount("batch_cost", "Whole cost of a batch as quoted, with the product's vector and the fixed part; a "
                "start then costs batch_cost x (1 - fixed_share), vector included.", "money/start", None),
        share("fixed_share", "Share of batch_cost that stays when a batch is not made.", 0.325,
               "ZS white paper: 30-35 % of a batch is hard to address, midpoint"),
        amount("reference_batches_per_year", "Batches a year at which batch_cost was quoted; with it the fixed part "
                "is batch_cost x fixed_share x this a year, without it the fixed part is in no plan.", "batches/year",
                None),
        Column("may_close", "boolean", "Whether leaving the plant saves its fixed cost.", default=False),
        amount("wait_d", "Mean wait for a slot.", "d", 7.0),
        amount("process_d", "Days from start to harvest.", "d", 7.0, "Triantafyllou 2022 (7 + 7 days)"),
        amount("release_d", "Days of quality control and release.", "d", 7.0, "Triantafyllou 2022 (7 + 7 days)"),
        share("first_start_success", "Share of first starts that meet specification.", 0.9613,
               "UK panel 2019-23, large B-cell lymphoma (Dulobdas 2025)"),
        amount("transport_h", "Hours from collection to arrival, one way, with freezing and handling.", "h", 48.0),
        amount("courier_cost_per_shipment", "Price of one shipment, one way.", "money/shipment", 2_000.0,
                "within 200-3,500 $ a leg, Triantafyllou 2022"),
    ),
    is_required=False,
    is_spatial=True,
)  # fmt: skip

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        AREAS, HOSPITALS, PRODUCTS, PLATFORMS, MODES, CENTRAL_PLANTS, TRIPS, LANES, CAPACITIES, PERIODS, SCENARIOS,
        DEMAND, REGIMES, RULES, SERVICE_CLASSES, USES, STAFF, SUCCESS, CAPABILITIES,
    )
}  # fmt: skip
"""All tables of a study by name, in the order in which they are read and shown."""
