"""Published tables by name: how each is laid out, which rows count, where it is from, under which licence.

``format = "hifld"`` in a table's section of study.toml takes the place of a column mapping. Layouts are those of the
publishers' files as seen in public copies, or from general knowledge where ``note`` says so.
"""

from __future__ import annotations

from dataclasses import dataclass

CENSUS = "U.S. Census Bureau"
PUBLIC_DOMAIN = "public domain (U.S. government)"
OGL = "Open Government Licence v3; Source: Office for National Statistics; contains OS data (c) Crown copyright"
_GAZETTEER = "https://www2.census.gov/geo/docs/maps-data/data/gazetteer/2023_Gazetteer/"
_ESTIMATES = "https://www2.census.gov/programs-surveys/popest/datasets/2020-2023/counties/totals/"


@dataclass(frozen=True)
class Format:
    """One published table.

    Attributes
    ----------
    table : str
        Table of a study that it gives rows of.
    title, publisher, licence, page : str
        What it is and who says so; ``page`` is where people find it.
    columns : dict of str to tuple of str
        Our column = its names in the file, the first that is there counts; ``*`` stands for any text, and of several
        matches the last in the alphabet (the latest year) counts. Case makes no difference.
    id_parts : tuple of (str, int)
        The id is these columns one after the other, each cut to its last so many characters and filled up with zeros
        in front; a width of 0 leaves it as it is.
    optional : tuple of str
        Our columns that the file may lack.
    where : str
        Rows that count, in the file's own names, as in study.toml.
    missing : tuple of str
        Texts that mean "unknown".
    lacks : str
        What a study needs and the file does not say.
    note : str
        What to know before using it.
    encoding : str
        Encoding of CSV files.
    download, member : str
        Address of the file; name of the table inside a zip. Empty where there is no lasting address.
    sha256 : str
        Of the download, where it is fixed and known.
    """

    table: str
    title: str
    publisher: str
    licence: str
    page: str
    columns: dict[str, tuple[str, ...]]
    id_parts: tuple[tuple[str, int], ...]
    optional: tuple[str, ...] = ()
    where: str = ""
    missing: tuple[str, ...] = ()
    lacks: str = ""
    note: str = ""
    encoding: str = "utf-8"
    download: str = ""
    member: str = ""
    sha256: str = ""

    @property
    def id_rule(self) -> str:
        """The id rule in words."""
        parts = (name if not width else f"last {width} of {name}, zeros in front" for name, width in self.id_parts)
        return " + ".join(parts)


def _gazetteer(kind: str, width: int, file: str) -> Format:
    return Format(
        table="areas", title=f"Gazetteer: point of every {kind}", publisher=CENSUS, licence=PUBLIC_DOMAIN,
        page="https://www.census.gov/geographies/reference-files/time-series/geo/gazetteer-files.html",
        columns={"name": ("NAME",), "region": ("USPS",), "lon": ("INTPTLONG",), "lat": ("INTPTLAT",)},
        id_parts=(("GEOID", width),), optional=("name", "region"),
        lacks="population: join it to a population table",
        download=f"{_GAZETTEER}{file}.zip", member=f"{file}.txt",
    )  # fmt: skip


FORMATS: dict[str, Format] = {
    "hifld": Format(
        table="hospitals", title="HIFLD Open: hospitals of the United States",
        publisher="Homeland Infrastructure Foundation-Level Data", licence=PUBLIC_DOMAIN,
        page="HIFLD Open was closed to the public in 2025; bring a copy of Hospitals.csv",
        columns={
            "name": ("NAME",), "city": ("CITY",), "region": ("STATE",), "owner": ("OWNER",), "beds": ("BEDS",),
            "lon": ("LONGITUDE",), "lat": ("LATITUDE",),
        },
        id_parts=(("ID", 0),), optional=("owner",), where="STATUS == 'OPEN'", missing=("-999", "NOT AVAILABLE"),
        lacks="who treats today, space, clean rooms",
        note="beds may repeat the total of a system at each campus; psychiatric and rehabilitation hospitals are in it "
        "(column TYPE)",
    ),
    "cms-pos": Format(
        table="hospitals", title="Provider of Services: hospitals certified for Medicare",
        publisher="Centers for Medicare & Medicaid Services", licence=PUBLIC_DOMAIN,
        page="https://data.cms.gov (Provider of Services File - Hospital & Non-Hospital Facilities)",
        columns={"name": ("FAC_NAME",), "city": ("CITY_NAME",), "region": ("STATE_CD",), "beds": ("BED_CNT",)},
        id_parts=(("PRVDR_NUM", 6),),
        where="PRVDR_CTGRY_CD == '01' and PRVDR_CTGRY_SBTYP_CD in ['01', '06', '11'] and PGM_TRMNTN_CD == '00'",
        lacks='coordinates: join places by ZIP code, on = "ZIP_CD"',
        note="kept are active short-term (01), children's (06) and critical-access (11) hospitals; the codes are from "
        "general knowledge",
    ),
    "census-county": Format(
        table="areas", title="County population estimates (co-est...-alldata.csv)", publisher=CENSUS,
        licence=PUBLIC_DOMAIN, page="https://www.census.gov/programs-surveys/popest.html",
        columns={"name": ("CTYNAME",), "region": ("STNAME",), "population": ("POPESTIMATE????",)},
        id_parts=(("STATE", 2), ("COUNTY", 3)), where="SUMLEV == '050' or SUMLEV == '50'",
        lacks="coordinates: join census-gazetteer-county", note="the latest year counts",
        encoding="latin-1", download=f"{_ESTIMATES}co-est2023-alldata.csv",
    ),
    "census-zcta": Format(
        table="areas", title="Population of ZIP code tabulation areas (tables B01003 or P1)", publisher=CENSUS,
        licence=PUBLIC_DOMAIN, page="https://data.census.gov (tables B01003, P1; geography: ZCTA; CSV)",
        columns={"name": ("NAME",), "population": ("B01003_001E", "P1_001N")},
        id_parts=(("GEO_ID", 5),), where="GEO_ID != 'Geography'",
        lacks="coordinates: join census-gazetteer-zcta",
    ),
    "census-gazetteer-county": _gazetteer("county", 5, "2023_Gaz_counties_national"),
    "census-gazetteer-zcta": _gazetteer("ZIP code tabulation area", 5, "2023_Gaz_zcta_national"),
    "gisco": Format(
        table="hospitals", title="GISCO: health-care services of European countries",
        publisher="Eurostat", licence="reuse with credit to Eurostat (GISCO) and the countries' own sources",
        page="https://ec.europa.eu/eurostat/web/gisco/geodata/basic-services",
        columns={
            "name": ("hospital_name",), "city": ("city",), "region": ("cc",), "beds": ("cap_beds",),
            "owner": ("public_private",), "lon": ("lon",), "lat": ("lat",),
        },
        id_parts=(("id", 0),), optional=("owner",),
        lacks="who treats today, space, clean rooms; beds in many countries (Germany, France)",
        note="a few ids stand twice in the edition of 2020",
        download="https://gisco-services.ec.europa.eu/pub/healthcare/2023/csv/EU.csv",
    ),
    "ons-lsoa": Format(
        table="areas", title="Small areas (LSOA) of England and Wales: points or boundaries",
        publisher="Office for National Statistics", licence=OGL, page="https://geoportal.statistics.gov.uk",
        columns={"name": ("LSOA21NM", "LSOA11NM"), "lon": ("LONG",), "lat": ("LAT",)},
        id_parts=(("LSOA21CD|LSOA11CD", 0),), optional=("name",),
        lacks="population: join ons-lsoa-population",
    ),
    "ons-lsoa-population": Format(
        table="areas", title="Mid-year population of small areas (LSOA) of England and Wales",
        publisher="Office for National Statistics", licence=OGL,
        page="https://www.ons.gov.uk (small area population estimates); save the sheet without its title lines",
        columns={"name": ("LSOA 20?? Name", "LSOA Name"), "population": ("Total", "All Ages", "All ages")},
        id_parts=(("LSOA 2021 Code|LSOA 2011 Code|LSOA Code", 0),), optional=("name",),
        lacks="coordinates: join ons-lsoa", note="layout from general knowledge",
    ),
}  # fmt: skip
"""Known published tables by name."""
