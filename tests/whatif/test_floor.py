"""One simulated unit against queues whose mean wait is known exactly, and against the capacity tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siting.network.capacity import Queue, mean_wait_d, starts_per_year
from siting.whatif.floor import Unit, _Floor, simulated_waits

YEAR = 365.0
HALF_FULL = Unit(patients_per_year=18.25, slots_per_patient=1.0, platforms=1, slots=1, slot_d=10.0)
"""18.25 patients a year x 10 days = half of one machine's time."""


def mean_wait(unit: Unit, years: float = 1000.0, seed: int = 0) -> float:
    """Return the mean wait of one long run, in days."""
    return float(simulated_waits(unit, 2 * YEAR, years * YEAR, np.random.default_rng(seed)).mean())


def test_one_machine_with_equal_batches_waits_as_pollaczek_and_khinchine_say() -> None:
    """M/D/1: rho S / (2 (1 - rho)) = 0.5 x 10 / (2 x 0.5) = 5 days."""
    assert mean_wait(HALF_FULL) == pytest.approx(5.0, rel=0.05)


def test_two_machines_with_exponential_batches_wait_as_erlang_says() -> None:
    """M/M/2 with one busy on average: Erlang C = 1/3, wait = 1/3 x 10 / (2 - 1) = 3.33 days."""
    unit = replace(HALF_FULL, patients_per_year=36.5, platforms=2, slot_cv2=1.0)
    assert mean_wait(unit) == pytest.approx(10.0 / 3.0, rel=0.05)


def test_slots_of_one_platform_are_as_good_as_platforms_while_nothing_fails() -> None:
    """Two slots on one platform are the same queue as two platforms with a slot each."""
    unit = replace(HALF_FULL, patients_per_year=36.5, platforms=1, slots=2, slot_cv2=1.0)
    assert mean_wait(unit) == pytest.approx(10.0 / 3.0, rel=0.05)


def test_evenly_spaced_patients_do_not_wait() -> None:
    """A patient every 20 days and 10 days a batch: the machine is always free."""
    assert mean_wait(replace(HALF_FULL, arrival_cv2=0.0), years=50) == 0.0


def test_outages_of_one_machine_have_the_exact_wait() -> None:
    """Exponential batches of 10 days, 80 % available, repairs of 20 days: a wait of 20.5 days.

    A batch takes C = 10 / 0.8 = 12.5 days with its outages, so the machine is rho = 0.04 x 12.5 = 0.5 full with 0.04
    patients a day. Whoever comes waits for the work of the L = 0.04 (W + C) patients there, C each, and, one time in
    five, for a repair of 20 days: W = rho (W + C) + 0.2 x 20 = (0.5 x 12.5 + 4) / 0.5 = 20.5.
    """
    unit = replace(HALF_FULL, patients_per_year=14.6, slot_cv2=1.0, availability=0.8, repair_d=20.0)
    assert mean_wait(unit, years=4000) == pytest.approx(20.5, rel=0.06)


def test_outages_keep_the_mean_capacity() -> None:
    """A unit with more patients than it can make begins availability x slots x days / slot days batches.

    0.8 x 2 platforms x 4 slots x 365 x 100 / 10 = 23,360 batches in 100 years.
    """
    unit = Unit(260.0, 1.0, platforms=2, slots=4, slot_d=10.0, availability=0.8, repair_d=5.0)
    floor = _Floor(unit, 0.0, np.random.default_rng(3))
    floor.env.run(until=100 * YEAR)
    assert len(floor.waits) == pytest.approx(23_360, rel=0.02)


def test_outages_make_waits_longer_than_slower_machines_do() -> None:
    """With the same mean capacity, machines that fail for long make patients wait longer than slower ones."""
    steady = Unit(50.0, 1.0, platforms=3, slots=1, slot_d=13.0 / 0.9)
    failing = replace(steady, slot_d=13.0, availability=0.9, repair_d=20.0)
    assert mean_wait(failing, 600.0) > 1.2 * mean_wait(steady, 600.0)


def test_second_starts_take_slots() -> None:
    """With 1.25 batches a patient, 100 patients a year ask for 125 slots a year: 25,000 in 200 years."""
    unit = Unit(100.0, 1.25, platforms=8, slots=1, slot_d=10.0)
    waits = simulated_waits(unit, 0.0, 200 * YEAR, np.random.default_rng(1))
    assert len(waits) == pytest.approx(25_000, rel=0.02)


def test_those_still_waiting_at_the_end_count() -> None:
    """A unit that can make 36.5 of 100 batches a year has waits of about (100 - 36.5) / 100 of the days at the end."""
    unit = Unit(100.0, 1.0, platforms=1, slots=1, slot_d=10.0)
    waits = simulated_waits(unit, 0.0, 20 * YEAR, np.random.default_rng(1))
    assert len(waits) == pytest.approx(2000, rel=0.1)
    assert waits.max() == pytest.approx(0.635 * 20 * YEAR, rel=0.1)


@pytest.mark.parametrize(
    ("slot_d", "max_wait_d", "servers", "printed"),
    [(8.0, 3.0, 3, 100.5), (10.0, 7.0, 2, 54.6), (13.0, 7.0, 1, 13.9), (13.0, 7.0, 3, 66.3), (13.0, 3.0, 6, 134.2)],
)
def test_capacity_tables_keep_their_promise(slot_d: float, max_wait_d: float, servers: int, printed: float) -> None:
    """Arrivals at the full capacity of the table wait at most 1.2 x the target, and not less than half of it.

    The printed starts a year are the queue-safe capacities by Allen and Cunneen with ca2 = 1 and cs2 = 0.1.
    """
    capacity = starts_per_year(servers, slot_d, 1.0, Queue(max_wait_d))
    assert capacity == pytest.approx(printed, abs=0.05)
    unit = Unit(capacity, 1.0, platforms=servers, slots=1, slot_d=slot_d)
    assert 0.5 * max_wait_d < mean_wait(unit, years=20_000 / capacity) <= 1.2 * max_wait_d


def test_three_platforms_make_about_seventy_batches() -> None:
    """The 70 batches a year that ZS reports for three platforms wait about 10 days with a slot of 13 days.

    By Allen and Cunneen 9.9 days (ca2 = 1, cs2 = 0.1); equal batches (cs2 = 0) wait (1 + 0) / (1 + 0.1) of that, 9.0.
    """
    assert mean_wait_d(70.0, 3, 13.0, Queue(7.0)) == pytest.approx(9.9, abs=0.05)
    assert mean_wait(Unit(70.0, 1.0, 3, 1, 13.0), years=600.0) == pytest.approx(9.0, rel=0.1)


def test_the_seed_decides() -> None:
    """The same seed gives the same waits, another one others."""
    unit = replace(HALF_FULL, availability=0.9, slots=2)
    first, again, other = (simulated_waits(unit, 0.0, 9000.0, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert first.sum() != other.sum()
