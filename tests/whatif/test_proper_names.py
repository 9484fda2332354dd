"""Names of hospitals in prose."""

from __future__ import annotations

import pytest

from siting.words import proper


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("PARKLAND HEALTH AND HOSPITAL SYSTEM", "Parkland Health and Hospital System"),
        ("CORPUS CHRISTI MEDICAL CENTER,THE", "The Corpus Christi Medical Center"),
        ("WINDSOR HOSPITAL, THE", "The Windsor Hospital"),
        ("ST. VINCENT'S ST. CLAIR, LLC", "St. Vincent's St. Clair, LLC"),
        ("JACKSON HOSPITAL & CLINIC, INC.", "Jackson Hospital & Clinic, Inc."),
        ("O'CONNOR HOSPITAL OF MCALLEN", "O'Connor Hospital of McAllen"),
        ("BAYLOR SCOTT & WHITE MEDICAL CENTER - TEMPLE", "Baylor Scott & White Medical Center - Temple"),
        ("RUSH HOSPITAL/BUTLER,INC", "Rush Hospital/Butler,Inc"),
        ("CHI ST JOSEPH", "CHI St Joseph"),
        ("M.D. ANDERSON", "M.D. Anderson"),
        ("Baylor University", "Baylor University"),
        ("UCSF", "UCSF"),
    ],
)
def test_capitals_become_names(name: str, shown: str) -> None:
    """Known abbreviations, dots and mixed case are kept; a single word may be an abbreviation."""
    assert proper(name) == shown
