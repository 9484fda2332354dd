"""What notebooks show of tables of names and values."""

from __future__ import annotations

from siting.card import card


def test_card_escapes_and_aligns() -> None:
    """Markup is text, whole numbers have separators, empty lines are left out, nothing is a dash."""
    text = card("A <b>", ["one & two", ""], ["Name", "Number"], [("x", 1234), ("y", 1.25), ("z", None), ("<i>", "<u>")])
    assert "<strong>A &lt;b&gt;</strong><div>one &amp; two</div><table" in text
    for shown in (">1,234</td>", ">1.2</td>", ">-</td>", "&lt;i&gt;</th>", ">&lt;u&gt;</td>"):
        assert shown in text


def test_card_without_rows_has_no_table() -> None:
    """A title alone is a title."""
    assert card("T", []) == "<div><strong>T</strong></div>"
