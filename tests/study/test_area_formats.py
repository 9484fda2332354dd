"""Published tables are read by the name of their format, and refused where they do not look like it."""

from __future__ import annotations

import pytest

from siting.errors import StudyError
from siting.study.describe_formats import formats_json, formats_text
from siting.study.document import schema_text
from siting.study.formats import FORMATS
from siting.study.read import read_study

HIFLD = (
    "X,Y,OBJECTID,ID,NAME,CITY,STATE,ZIP,TYPE,STATUS,LATITUDE,LONGITUDE,OWNER,BEDS,HELIPAD\n"
    "1,2,1,0060699546,FIRST,AUSTIN,TX,78701,GENERAL ACUTE CARE,OPEN,30.1,-97.1,PROPRIETARY,300,N\n"
    "1,2,2,0000000007,SECOND,AUSTIN,TX,78701,GENERAL ACUTE CARE,OPEN,30.2,-97.2,NOT AVAILABLE,-999,N\n"
    "1,2,3,0000000008,GONE,AUSTIN,TX,78701,GENERAL ACUTE CARE,CLOSED,30.2,-97.2,PROPRIETARY,50,N\n"
)
POS = (
    "PRVDR_CTGRY_SBTYP_CD,PRVDR_CTGRY_CD,CITY_NAME,FAC_NAME,PRVDR_NUM,STATE_CD,ZIP_CD,PGM_TRMNTN_CD,BED_CNT\n"
    "01,01,AUSTIN,FIRST,050001,TX,78701,00,300\n"
    "04,01,AUSTIN,PSYCHIATRIC,054001,TX,78701,00,90\n"
    "11,01,BASTROP,SMALL,051300,TX,00601,00,25\n"
    "01,01,AUSTIN,GONE,050002,TX,78701,01,200\n"
)
ZCTA_POINTS = (
    "GEOID\tALAND\tAWATER\tALAND_SQMI\tAWATER_SQMI\tINTPTLAT\tINTPTLONG        \n"
    "00601\t1\t1\t1\t1\t30.3\t-97.3        \n78701\t1\t1\t1\t1\t30.1\t-97.1        \n"
)
ZCTA_PEOPLE = (
    'GEO_ID,NAME,B01003_001E,B01003_001M\nGeography,Geographic Area Name,"Estimate!!Total","Margin"\n'
    "860Z200US00601,ZCTA5 00601,1000,5\n860Z200US78701,ZCTA5 78701,2000,6\n"
)
COUNTIES = (
    "SUMLEV,REGION,DIVISION,STATE,COUNTY,STNAME,CTYNAME,POPESTIMATE2022,POPESTIMATE2023\n"
    "040,4,8,35,000,New Mexico,New Mexico,2000000,2100000\n"
    "050,4,8,35,013,New Mexico,Doña Ana County,220000,221000\n"
    "050,3,6,1,1,Alabama,Autauga County,58000,59000\n"
)
COUNTY_POINTS = (
    "USPS\tGEOID\tANSICODE\tNAME\tINTPTLAT\tINTPTLONG\n"
    "NM\t35013\t1\tDoña Ana County\t32.3\t-106.8\nAL\t01001\t2\tAutauga County\t32.5\t-86.6\n"
)
LSOA = (
    "LSOA21CD,LSOA21NM,BNG_E,BNG_N,LONG,LAT\n"
    "E01000001,City 001A,1,1,-0.097,51.518\nE01000002,City 001B,1,1,-0.09,51.5\n"
)
LSOA_PEOPLE = "LSOA 2021 Code,LSOA 2021 Name,Total\nE01000002,City 001B,1500\nE01000001,City 001A,1600\n"
GISCO = (
    "id,hospital_name,site_name,lat,lon,city,cc,country,cap_beds,public_private\n"
    "IT_1,Ospedale,,41.9,12.5,Roma,IT,Italy,350.0,public\nDE_1,Klinik,,52.5,13.4,Berlin,DE,Germany,,\n"
)


def _areas(section: str, **files: str) -> dict[str, str | None]:
    return {"areas.csv": None, "study.toml": f"[tables.areas]\n{section}\n", **files}


def _hospitals(section: str) -> dict[str, str]:
    return {"study.toml": f"[tables.hospitals]\n{section}\n"}


def test_hifld_by_name(make_study):
    """Open hospitals count, ids keep their zeros, -999 beds are unknown and STATUS is not our status."""
    folder = make_study({"hospitals.csv": HIFLD, **_hospitals('format = "hifld"')})
    hospitals = read_study(folder).tables["hospitals"]
    assert hospitals["id"].tolist() == ["0060699546", "0000000007"]
    assert hospitals["beds"].tolist()[0] == 300
    assert hospitals["beds"].isna().tolist() == [False, True]
    assert hospitals["owner"].tolist() == ["PROPRIETARY", ""]
    assert hospitals["status"].tolist() == ["candidate", "candidate"]
    assert hospitals[["lon", "lat"]].to_numpy().tolist() == [[-97.1, 30.1], [-97.2, 30.2]]


def test_own_filter_comes_on_top_of_the_format(make_study):
    """A where in the file's own names narrows what the format keeps."""
    folder = make_study({"hospitals.csv": HIFLD, **_hospitals('format = "hifld"\nwhere = "BEDS >= 200"')})
    study = read_study(folder)
    assert study.tables["hospitals"]["id"].tolist() == ["0060699546"]
    assert study.origins["hospitals"].rows_in_file == 3


def test_names_of_a_format_may_be_in_lower_case(make_study):
    """Exports differ in case; the format is still recognised and its filter works."""
    header, rows = HIFLD.split("\n", 1)
    folder = make_study({"hospitals.csv": f"{header.lower()}\n{rows}", **_hospitals('format = "hifld"')})
    assert len(read_study(folder).tables["hospitals"]) == 2


def test_own_mapping_goes_before_the_format(make_study):
    """A column that study.toml maps takes the place of the format's."""
    section = 'format = "hifld"\ncolumns = { region = "ZIP" }'
    folder = make_study({"hospitals.csv": HIFLD, **_hospitals(section)})
    assert read_study(folder).tables["hospitals"]["region"].tolist() == ["78701", "78701"]


def test_cms_provider_of_services_with_places_by_zip(make_study):
    """Active short-term and critical-access hospitals count; each stands at the point of its ZIP code."""
    section = 'format = "cms-pos"\njoin = { file = "zips.txt", format = "census-gazetteer-zcta", on = "ZIP_CD" }'
    folder = make_study({"hospitals.csv": POS, "zips.txt": ZCTA_POINTS, **_hospitals(section)})
    study = read_study(folder)
    hospitals = study.tables["hospitals"]
    assert hospitals["id"].tolist() == ["050001", "051300"]
    assert hospitals["lat"].tolist() == [30.1, 30.3]
    assert "zips.txt" in study.inputs


def test_rows_without_a_partner_are_refused_or_dropped(make_study):
    """A ZIP code that the gazetteer lacks is named; unmatched = "drop" leaves the hospital out."""
    join = 'file = "zips.txt", format = "census-gazetteer-zcta", on = "ZIP_CD"'
    short = ZCTA_POINTS.replace("00601", "00602")
    folder = make_study(
        {"hospitals.csv": POS, "zips.txt": short, **_hospitals(f'format = "cms-pos"\njoin = {{ {join} }}')}
    )
    with pytest.raises(
        StudyError, match=r'1 of 2 rows have no partner in zips\.txt .* \(00601\) -> did you mean "00602"'
    ):
        read_study(folder)
    changes = {"tables.hospitals.join.unmatched": "drop"}
    assert read_study(folder, changes).tables["hospitals"]["id"].tolist() == ["050001"]


def test_census_zcta_with_gazetteer(make_study):
    """GEO_ID ends in the ZCTA, the row of labels is no area, zeros stay."""
    section = (
        'file = "people.csv"\nformat = "census-zcta"\njoin = { file = "zips.txt", format = "census-gazetteer-zcta" }'
    )
    areas = read_study(make_study(_areas(section, **{"people.csv": ZCTA_PEOPLE, "zips.txt": ZCTA_POINTS}))).tables[
        "areas"
    ]
    assert areas["id"].tolist() == ["00601", "78701"]
    assert areas["population"].tolist() == [1000, 2000]
    assert areas["lon"].tolist() == [-97.3, -97.1]


def test_census_counties_with_gazetteer(make_study):
    """FIPS = state in two + county in three digits, the latest year counts, states are left out, Latin-1 is read."""
    section = (
        'file = "co.csv"\nformat = "census-county"\njoin = { file = "gaz.txt", format = "census-gazetteer-county" }'
    )
    folder = make_study(_areas(section, **{"gaz.txt": COUNTY_POINTS}))
    (folder / "co.csv").write_bytes(COUNTIES.encode("latin-1"))
    areas = read_study(folder).tables["areas"]
    assert areas["id"].tolist() == ["35013", "01001"]
    assert areas["name"].tolist() == ["Doña Ana County", "Autauga County"]
    assert areas["population"].tolist() == [221_000, 59_000]
    assert areas["lat"].tolist() == [32.3, 32.5]
    assert areas["region"].tolist() == ["New Mexico", "Alabama"]


def test_ons_small_areas_with_population(make_study):
    """Points from one file and people from the other meet by code, whatever their order."""
    section = 'file = "lsoa.csv"\nformat = "ons-lsoa"\njoin = { file = "people.csv", format = "ons-lsoa-population" }'
    edits = _areas(section, **{"lsoa.csv": LSOA, "people.csv": LSOA_PEOPLE})
    areas = read_study(make_study({**edits, "hospitals.csv": "id,lon,lat\nh,-0.1,51.5\n"})).tables["areas"]
    assert areas["population"].tolist() == [1600, 1500]
    assert areas["name"].tolist() == ["City 001A", "City 001B"]


def test_gisco_keeps_unknown_beds_unknown(make_study):
    """Germany states no beds: they are unknown, not zero."""
    areas = "id,lon,lat,population\na,12.5,41.9,1000\n"
    folder = make_study({"areas.csv": areas, "hospitals.csv": GISCO, **_hospitals('format = "gisco"')})
    hospitals = read_study(folder).tables["hospitals"]
    assert hospitals["beds"].isna().tolist() == [False, True]
    assert hospitals["region"].tolist() == ["IT", "DE"]


def test_a_file_that_does_not_look_like_its_format_is_refused(make_study):
    """Every column that is missing is listed, once, with what the file has."""
    text = "id,name,lon,lat\nh,First,-97,31\n"
    with pytest.raises(StudyError) as caught:
        read_study(make_study({"hospitals.csv": text, **_hospitals('format = "hifld"')}))
    assert len(caught.value.problems) == 1
    assert "it has no CITY, STATE, BEDS, LONGITUDE, LATITUDE" in str(caught.value)
    assert "it has id, name, lon, lat" in str(caught.value)


@pytest.mark.parametrize(
    ("section", "text"),
    [
        ('format = "hifdl"', 'did you mean "hifld"?'),
        ('format = "census-zcta"', "is a table of areas, not of hospitals"),
        ('format = "hifld"\njoin = { file = "none.csv" }', "none.csv"),
        ('format = "hifld"\njoin = { file = "areas.csv", on = "ZIPP" }', 'did you mean "ZIP"?'),
        ('format = "hifld"\njoin = { file = "areas.csv", columns = { region = "rgn" } }', 'no column "rgn"'),
    ],
)
def test_wrong_words_are_named(make_study, section, text):
    """Formats, files and columns that do not exist are named with the nearest that does."""
    with pytest.raises(StudyError) as caught:
        read_study(make_study({"hospitals.csv": HIFLD, **_hospitals(section)}))
    assert text in str(caught.value)


def test_every_format_says_where_it_is_from():
    """Title, publisher, licence, page and what it lacks stand in the list and in siting schema formats."""
    for name, layout in FORMATS.items():
        assert layout.table in {"areas", "hospitals"}
        assert all((layout.title, layout.publisher, layout.licence, layout.page, layout.lacks))
        assert name in formats_text()
        assert name in schema_text("formats")
    assert set(formats_json()) == set(FORMATS)
    assert "tables.<table>.format" in schema_text("settings")
    assert "tables.<table>.join.unmatched" in schema_text("settings")
