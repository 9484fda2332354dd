"""Plans for the export tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.export.fake_plan import fake_plan

if TYPE_CHECKING:
    from types import SimpleNamespace


@pytest.fixture
def plan() -> SimpleNamespace:
    """Return a small plan that is not proven optimal."""
    return fake_plan()
