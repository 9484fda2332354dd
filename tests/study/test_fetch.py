"""Downloads come whole or not at all; a server on loopback plays the publisher, the mirror and the villain."""

from __future__ import annotations

import hashlib
import io
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from siting.errors import DataError, StudyError
from siting.study.fetch import fetch_data

TABLE = b"id,hospital_name,lat,lon,city,cc,cap_beds\nIT_1,Ospedale,41.9,12.5,Roma,IT,350\n"


def _zip(member: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(member, "GEOID\tINTPTLAT\tINTPTLONG\n00601\t18.2\t-66.7\n")
    return buffer.getvalue()


class _Publisher(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content, announced = TABLE, None
        if self.path == "/gone":
            self.send_error(404)
            return
        if self.path == "/slow":
            time.sleep(1.0)
        if self.path == "/short":
            announced = len(TABLE) + 10
        content = {"/zip": _zip("2023_Gaz_zcta_national.txt"), "/other.zip": _zip("readme.txt"),
                   "/page": b"\n<!DOCTYPE html><html>", "/empty": b""}.get(self.path, content)  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Length", str(announced or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server():
    """Serve on loopback, with no proxy in between."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Publisher) as publisher, pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            patch.delenv(name, raising=False)
        threading.Thread(target=publisher.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{publisher.server_port}"
        publisher.shutdown()


def test_a_table_is_fetched(server, tmp_path):
    """The file holds the bytes of the server, and what is returned has their hash and licence."""
    got = fetch_data("gisco", tmp_path / "new" / "eu.csv", url=f"{server}/eu.csv")
    assert got.file.read_bytes() == TABLE
    assert got.sha256 == hashlib.sha256(TABLE).hexdigest()
    assert "Eurostat" in got.layout.licence


def test_a_table_is_taken_out_of_its_zip(server, tmp_path):
    """The gazetteer comes as a zip; the text inside is what a study reads."""
    got = fetch_data("census-gazetteer-zcta", tmp_path / "zips.txt", url=f"{server}/zip")
    assert got.file.read_text().startswith("GEOID\tINTPTLAT")


@pytest.mark.parametrize(
    ("name", "path", "options", "text"),
    [
        ("gisco", "/gone", {}, "the server answers 404"),
        ("gisco", "/slow", {"timeout_s": 0.2}, "no answer in 0.2 s"),
        ("gisco", "/short", {}, "the download broke off"),
        ("gisco", "/empty", {}, "the download broke off"),
        ("gisco", "/page", {}, "sent a web page, not a table"),
        ("gisco", "/eu.csv", {"sha256": "00"}, "expected 00"),
        ("census-gazetteer-zcta", "/other.zip", {}, "is no zip that holds 2023_Gaz_zcta_national.txt"),
        ("census-gazetteer-zcta", "/eu.csv", {}, "is no zip"),
    ],
)
def test_a_bad_download_leaves_nothing(server, tmp_path, name, path, options, text):
    """Each failure has its own words, and no file, whole or half, is left."""
    with pytest.raises(DataError) as caught:
        fetch_data(name, tmp_path / "out.csv", url=server + path, **options)
    assert text in str(caught.value)
    assert str(caught.value).startswith("nothing was downloaded")
    assert list(tmp_path.iterdir()) == []


def test_offline_is_said_in_words(tmp_path):
    """Nobody listens on port 9 of loopback: the message says what to do without internet."""
    with pytest.raises(DataError, match=r"cannot be reached: .* this needs internet"):
        fetch_data("gisco", tmp_path / "out.csv", url="http://127.0.0.1:9/eu.csv", timeout_s=2)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept(server, tmp_path):
    """Without overwrite nothing is replaced, and nothing asked for."""
    target = tmp_path / "eu.csv"
    target.write_text("mine")
    with pytest.raises(StudyError, match="exists"):
        fetch_data("gisco", target, url=f"{server}/eu.csv")
    assert target.read_text() == "mine"
    fetch_data("gisco", target, url=f"{server}/eu.csv", overwrite=True)
    assert target.read_bytes() == TABLE


@pytest.mark.parametrize(
    ("name", "url", "text"),
    [("gicso", "", 'did you mean "gisco"'), ("hifld", "", "get it by hand"), ("gisco", "ftp://x/y", "no web address")],
)
def test_what_cannot_be_fetched_is_said(tmp_path, name, url, text):
    """Unknown names, tables without a lasting address, addresses that are none."""
    with pytest.raises(DataError, match=text):
        fetch_data(name, tmp_path / "out.csv", url=url)
