"""One broken study for each rule: what is wrong, and what must be said about it."""

from __future__ import annotations

import pytest

from siting.errors import StudyError
from siting.study.read import read_study

EXISTING = "id,lon,lat,status,existing_mode,existing_platform,existing_count,can_host,region\n"

BROKEN = {
    # settings
    "toml syntax": ({"study.toml": "[study]\nname = Tiny\n"}, "study.toml: not valid TOML", "line 2"),
    "unknown section": ({"study.toml": "[limit]\nbudget = 1.0\n"}, "limit is not a setting", '"limits"'),
    "unknown key": ({"study.toml": "[travel]\nmax_minutes = 9\n"}, "travel.max_minutes is not a setting", "max_min"),
    "key of another section": ({"study.toml": "time_limit = 9\n"}, "time_limit is not a setting", "solve.time_limit"),
    "key in a named section": (
        {"study.toml": "[limits.modes.owned]\nmaximum = 2\n"},
        "limits.modes.owned.maximum is not a setting",
        '"limits.modes.owned.max"',
    ),
    "text for a number": ({"study.toml": '[travel]\ndetour = "far"\n'}, "travel.detour = 'far'", "number"),
    "number out of range": (
        {"study.toml": "[costs]\ndiscount_rate = -0.1\n"},
        "costs.discount_rate = -0.1",
        "equal to 0",
    ),
    "infinite number": ({"study.toml": "[travel]\nspeed_kmh = inf\n"}, "travel.speed_kmh = inf", "finite"),
    "yes for a count": ({"study.toml": "[limits]\nsites.max = true\n"}, "limits.sites.max = True", "an integer"),
    "wrong word": (
        {"study.toml": '[study]\ndistance_unit = "miles"\n'},
        "study.distance_unit = 'miles'",
        "'mi' or 'km'",
    ),
    "source of nothing": (
        {"study.toml": '[sources]\n"travel.detur" = "x"\n'},
        '"travel.detur", which is not',
        "travel.detour",
    ),
    # files and columns
    "missing file": ({"areas.csv": None}, "areas: the file of table areas is missing", "areas.parquet"),
    "missing stated file": (
        {"study.toml": '[tables.areas]\nfile = "x.csv"\n'},
        "x.csv: the file of table areas is missing",
        "x.csv",
    ),
    "unknown format": (
        {"study.toml": '[tables.areas]\nfile = "study.toml"\n'},
        "study.toml: unknown file format",
        ".csv",
    ),
    "unknown table": ({"study.toml": "[tables.hospital]\n"}, "tables.hospital: there is no such table", "hospitals"),
    "optional table without a file": (
        {"study.toml": "[tables.trips]\n"},
        "file of table trips is missing",
        "trips.csv",
    ),
    "missing column": (
        {"areas.csv": "id,lat,population\na,50,1\n"},
        'column "lon" is missing',
        "has id, lat, population",
    ),
    "nobody knows the people": (
        {"areas.csv": "id,lon,lat\na,1,50\n"},
        'column "population" is missing',
        "table demand",
    ),
    "misspelt required column": (
        {"areas.csv": ("population", "popluation")},
        'column "popluation" is unknown; did you mean "population"?',
        "rename",
    ),
    "misspelt optional column": ({"hospitals.csv": ("beds", "bedz")}, 'column "bedz" is unknown', '"beds"'),
    "long name of a column": ({"areas.csv": ("lat", "latitude")}, 'column "latitude" is unknown', '"lat"'),
    "column twice": ({"areas.csv": ("population", "lat")}, "two columns have the same name", "(lat)"),
    "mapped column absent": (
        {"study.toml": '[tables.areas.columns]\npopulation = "popn"\n'},
        'the file has no column "popn"',
        "population",
    ),
    "mapping of no column": (
        {"study.toml": '[tables.areas.columns]\npeople = "population"\n'},
        '"people" is no column of areas',
        "one of: id",
    ),
    "constant for no column": (
        {"study.toml": "[tables.areas.values]\nlatt = 5\n"},
        '"latt" is no column of areas',
        "lat",
    ),
    "ragged rows": ({"areas.csv": ("31.0,1000", "31.0,1000,7")}, "areas.csv: cannot be read", "more or fewer cells"),
    "empty file": ({"areas.csv": ""}, "areas.csv: cannot be read", "Empty CSV"),
    "table without rows": ({"modes.csv": "id\n"}, "table modes has no rows", "add rows"),
    # filters
    "filter keeps nothing": (
        {"study.toml": "[tables.hospitals]\nwhere = \"region == 'West'\"\n"},
        "keeps none of the 2 rows",
        "region is text",
    ),
    "filter is no expression": ({"study.toml": '[tables.areas]\nwhere = "lat >"\n'}, "is not an expression", "such as"),
    "filter is no condition": ({"study.toml": '[tables.areas]\nwhere = "lat + 1"\n'}, "is not a condition", "such as"),
    "filter on no column": ({"study.toml": '[tables.areas]\nwhere = "lattt > 1"\n'}, 'no column "lattt"', '"lat"'),
    "filter compares text with number": (
        {"study.toml": '[tables.areas]\nwhere = "id > 5"\n'},
        "row 1 holds '01001'",
        "in quotes",
    ),
    # cells
    "duplicate id": ({"areas.csv": ("01003", "01001")}, "areas.csv: duplicate id (01001)", "one row only"),
    "empty id": ({"areas.csv": ("01003,", ",")}, "id is empty (row 2)", "every row"),
    "empty required number": ({"areas.csv": ("30.0,2000", "30.0,")}, "population is empty (01003)", "every row"),
    "negative": ({"areas.csv": ("2000", "-2000")}, "population is -2,000, below 0 people (01003)", "People"),
    "absurd": ({"hospitals.csv": (",300", ",300000")}, "beds is 300,000, above 20,000 beds (H1)", "Beds"),
    "percent for a share": ({"products.csv": ("0.5", "50")}, "eligible_share is 50, above 1 share (cart)", "0.12"),
    "not a whole number": (
        {"capacities.csv": "platform,count,starts_per_year\nbox,1.5,20\n"},
        'count is "1.5", which is no whole number',
        "(row 1)",
    ),
    "word for a number": ({"areas.csv": ("2000", "many")}, 'population is "many", which is no number (01003)', "empty"),
    "thousands separator": ({"areas.csv": ("2000", '"2,000"')}, 'population is "2,000"', "without separators"),
    "percent sign": ({"products.csv": ("0.5", "50 %")}, 'eligible_share is "50 %"', "0.12"),
    "decimal comma": ({"areas.csv": ("30.0,", '"30,05",')}, 'lat is "30,05"', "decimal mark"),
    "word for unknown": ({"hospitals.csv": (",300", ",NA")}, 'beds is "NA"', '[tables.hospitals] missing = ["NA"]'),
    "infinite cell": ({"areas.csv": ("2000", "inf")}, 'population is "inf"', "write a number"),
    "not yes or no": (
        {"hospitals.csv": "id,lon,lat,can_host\nH1,-97,31,maybe\n"},
        'can_host is "maybe", which is no yes or no (H1)',
        "true",
    ),
    "word that is no choice": (
        {"hospitals.csv": "id,lon,lat,status\nH1,-97,31,OPEN\n"},
        "status is 'OPEN' (H1)",
        "candidate, existing",
    ),
    # places
    "lon and lat swapped": (
        {"areas.csv": "id,lon,lat,population\na,31,-97,1\n"},
        "lat is beyond 90 degrees (a)",
        "swap lon and lat",
    ),
    "swapped onto the ice": (
        {"areas.csv": "id,lon,lat,population\na,39.9,-75.2,1\n"},
        "nobody lives at lat -75.2, lon 39.9",
        "swap",
    ),
    "one table swapped": (
        {"areas.csv": "id,lon,lat,population\na,11,48,1\n", "hospitals.csv": "id,lon,lat\nH1,48,11\n"},
        "no hospital is near any area, but they are once lon and lat change places",
        "east-west",
    ),
    "unknown place as zero": ({"areas.csv": ("-98.0,30.0", "0,0")}, "lon 0, lat 0 is in the sea (01003)", "find"),
    "lon out of range": ({"areas.csv": ("-98.0,", "-198,")}, "lon is -198, below -180 degrees (01003)", "Longitude"),
    "metres declared as degrees": (
        {"areas.csv": "id,lon,lat,population\na,1500000,7400000,1\n"},
        "look like metres (up to 7,400,000)",
        "crs =",
    ),
    "degrees declared as metres": (
        {"study.toml": '[tables.areas]\ncrs = "EPSG:3083"\n'},
        "look like degrees but EPSG:3083 counts in metres",
        "crs",
    ),
    "no such crs": ({"study.toml": '[tables.areas]\ncrs = "EPSG:1"\n'}, "'EPSG:1' is no coordinate reference", "4326"),
    "crs for other places": (
        {"study.toml": '[tables.areas]\ncrs = "EPSG:32614"\n', "areas.csv": "id,lon,lat,population\na,9e30,9e30,1\n"},
        "places are far from where EPSG:32614 is used",
        "crs",
    ),
    # references
    "reference to nothing": (
        {"capacities.csv": "platform,count,starts_per_year\nbax,1,20\n"},
        "platform names ids that are not in platforms.csv (bax)",
        '"box"',
    ),
    "platform for no product": (
        {
            "platforms.csv": "id,process_d,setup_cost,capex_per_platform,fixed_opex,fixed_opex_per_platform,"
            "making_cost_per_start,products\nbox,8,1,1,1,1,1,cart;tcr\n"
        },
        'names "tcr", which is no product (box)',
        "cart",
    ),
    "product that nobody makes": (
        {
            "products.csv": "id,incidence_per_100k,eligible_share,lost_patient_price\ncart,1,1,1\ntcr,1,1,1\n",
            "platforms.csv": "id,process_d,setup_cost,capex_per_platform,fixed_opex,fixed_opex_per_platform,"
            "making_cost_per_start,products\nbox,8,1,1,1,1,1,cart\n",
        },
        "no platform makes these products and there is no central plant (tcr)",
        "platform",
    ),
    "plant with the id of a hospital": (
        {"central_plants.csv": "id,lon,lat,making_cost_per_start\nH1,-97,32,1\n"},
        "ids that are hospitals too (H1)",
        "own",
    ),
    # matrices
    "trips leave an area out": (
        {"trips.csv": "area,hospital,minutes\n01001,H1,30\n"},
        "1 of 2 areas have no trip (01003)",
        "allow_unreachable",
    ),
    "trips with a pair twice": (
        {"trips.csv": "area,hospital,minutes\n01001,H1,30\n01001,H1,40\n01003,H1,30\n"},
        "duplicate area and hospital (01001 / H1)",
        "one row only",
    ),
    "trips to nowhere": (
        {"trips.csv": "area,hospital,minutes\n01001,H9,30\n01003,H1,30\n"},
        "hospital names ids that are not",
        "(H9)",
    ),
    "lanes one way only": (
        {"lanes.csv": "hospital,site,hours\nH1,H2,3\n"},
        "1 lanes are given one way only (hospital / site) (H1 / H2)",
        "back",
    ),
    # scenarios
    "probabilities": (
        {"scenarios.csv": "id,probability\nlow,0.5\nhigh,0.4\n"},
        "the probabilities add up to 0.9",
        "add up to 1",
    ),
    # status of sites
    "existing unit without its facts": (
        {"hospitals.csv": EXISTING + "H1,-97,31,existing,owned,,0,yes,N\n"},
        "status is existing but existing_platform is empty (H1)",
        "status is existing but existing_count is empty (H1)",
    ),
    "facts without existing unit": (
        {"hospitals.csv": EXISTING + "H1,-97,31,candidate,owned,box,2,yes,N\n"},
        "but status is not existing (H1)",
        "set",
    ),
    "existing unit of no mode": (
        {"hospitals.csv": EXISTING + "H1,-97,31,existing,ovned,box,2,yes,N\n"},
        "existing_mode names ids",
        '"owned"',
    ),
    "existing unit too large": (
        {"hospitals.csv": EXISTING + "H1,-97,31,existing,owned,box,20,yes,N\n"},
        "above the platform's max_count (H1)",
        "raise",
    ),
    "required but cannot host": (
        {"hospitals.csv": EXISTING + "H1,-97,31,required,,,,no,N\n"},
        "must have a unit",
        "can_host is false (H1)",
    ),
    "required but too small": (
        {"study.toml": "[study]\nmin_beds = 200\n", "hospitals.csv": "id,lon,lat,status,beds\nH1,-97,31,required,90\n"},
        "fewer beds than study.min_beds = 200 (H1)",
        "change one",
    ),
    # limits
    "min above max": (
        {"study.toml": "[limits]\nsites = { min = 2, max = 1 }\n"},
        "limits.sites.min = 2 is above",
        "max = 1",
    ),
    "limit of no mode": (
        {"study.toml": "[limits.modes]\nleased.max = 1\n"},
        'there is no "leased"',
        "owned, franchise",
    ),
    "limit of no region": ({"study.toml": "[limits.regions]\nNorht.max = 1\n"}, 'there is no "Norht"', '"North"'),
    "parts above the whole": (
        {"study.toml": "[limits]\nsites.max = 1\nmodes = { owned = { min = 1 }, franchise = { min = 1 } }\n"},
        "the minima of limits.modes add up to 2",
        "limits.sites.max = 1",
    ),
    "fewer sites than required": (
        {
            "study.toml": "[limits]\nsites.max = 1\n",
            "hospitals.csv": "id,lon,lat,status\nH1,-97,31,required\nH2,-97,30,required\n",
        },
        "limits.sites.max = 1 but 2 hospitals must have such a unit (H1, H2)",
        "raise",
    ),
    "more sites than hosts": ({"study.toml": "[limits]\nsites.min = 3\n"}, "only 2 hospitals may host", "lower it"),
    "region closed to a required site": (
        {"study.toml": "[limits]\nregions.N.max = 0\n", "hospitals.csv": EXISTING + "H1,-97,31,required,,,,yes,N\n"},
        "limits.regions.N.max = 0 but 1 hospitals must have such a unit (H1)",
        "raise",
    ),
    "mode closed to an existing unit": (
        {
            "study.toml": "[limits]\nmodes.owned.max = 0\n",
            "hospitals.csv": EXISTING + "H1,-97,31,existing,owned,box,2,yes,N\n",
        },
        "limits.modes.owned.max = 0 but 1 hospitals must have such a unit (H1)",
        "raise",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_study_is_refused_in_these_words(make_study, name):
    """Each broken study raises one StudyError with the rule, the row and the remedy."""
    edits, *texts = BROKEN[name]
    with pytest.raises(StudyError) as caught:
        read_study(make_study(edits))
    for text in texts:
        assert text in str(caught.value)


def test_tiny_study_is_sound(make_study):
    """The study that all broken ones differ from is read without complaint."""
    assert list(read_study(make_study()).tables) == ["areas", "hospitals", "products", "platforms", "modes"]


def test_each_broken_study_has_one_problem(make_study):
    """A single slip in a cell makes one problem, not a chain of them."""
    edits = {
        "areas.csv": ("2000", '"2,000"'),
        "hospitals.csv": (",300", ",NA"),
        "study.toml": "[travel]\ndetour = 0.5\n",
    }
    with pytest.raises(StudyError) as caught:
        read_study(make_study(edits))
    assert [problem.where for problem in caught.value.problems] == ["study.toml", "areas.csv", "hospitals.csv"]


def test_all_rows_are_named_up_to_five(make_study):
    """A problem that many rows share is one problem that names the first five and counts the rest."""
    rows = "".join(f"a{number},1,50,-1\n" for number in range(8))
    with pytest.raises(StudyError) as caught:
        read_study(make_study({"areas.csv": "id,lon,lat,population\n" + rows, "hospitals.csv": "id,lon,lat\nh,1,50\n"}))
    [problem] = caught.value.problems
    assert problem.rows == tuple(f"a{number}" for number in range(8))
    assert "(a0, a1, a2, a3, a4 and 3 more)" in str(problem)


def test_unreachable_areas_may_be_allowed(make_study):
    """With limits.allow_unreachable an area may be absent from the trips."""
    edits = {"trips.csv": "area,hospital,minutes\n01001,H1,30\n", "study.toml": "[limits]\nallow_unreachable = true\n"}
    assert len(read_study(make_study(edits)).tables["trips"]) == 1


def test_folder_without_settings(tmp_path):
    """A folder without study.toml is told what is missing."""
    with pytest.raises(StudyError, match=r"the folder has no study\.toml"):
        read_study(tmp_path)


def test_no_such_folder(tmp_path):
    """A path that leads nowhere is refused."""
    with pytest.raises(StudyError, match="no such study folder"):
        read_study(tmp_path / "nowhere")
