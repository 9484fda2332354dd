"""Queue-safe capacity and annuities against published and hand-made figures."""

from __future__ import annotations

import math

import pytest

from siting.network.capacity import Queue, erlang_c, mean_wait_d, starts_per_year
from siting.network.money import annuity_factor, discount_weights

TABLE = {
    (8, 3): (18.5, 58.1, 100.5, 143.9, 232.2, 321.5, 501.3, 682.0, 1362.6),
    (8, 7): (28.0, 71.5, 116.0, 160.9, 251.3, 341.9, 523.6, 705.6, 1389.0),
    (10, 7): (20.4, 54.6, 89.9, 125.6, 197.6, 269.9, 415.0, 560.5, 1106.8),
    (13, 3): (8.3, 30.5, 55.4, 81.2, 134.2, 188.2, 297.6, 407.8, 824.5),
    (13, 7): (13.9, 39.5, 66.3, 93.5, 148.5, 203.9, 315.2, 426.8, 846.6),
    (15, 7): (11.2, 33.0, 56.0, 79.4, 126.9, 174.7, 271.0, 367.6, 731.2),
}
"""Starts a year by (days in a slot, days of wait promised), for 1, 2, 3, 4, 6, 8, 12, 16, 31 slots."""


@pytest.mark.parametrize("case", TABLE)
def test_capacity_table(case: tuple[int, int]) -> None:
    """Every entry of the reference table is met to 0.1 starts a year."""
    slot_d, wait_d = case
    found = [starts_per_year(n, slot_d, 1.0, Queue(wait_d)) for n in (1, 2, 3, 4, 6, 8, 12, 16, 31)]
    assert found == pytest.approx(TABLE[case], abs=0.051)


def test_one_server_by_hand() -> None:
    """M/G/1: wait = rho S / (1 - rho) (1 + cs2) / 2, after Pollaczek and Khinchine; rho 0.5, S 10: 5.5 days."""
    assert mean_wait_d(0.5 / 10 * 365, 1, 10, Queue(7.0)) == pytest.approx(5.5)
    assert starts_per_year(1, 10, 1.0, Queue(5.5)) == pytest.approx(18.25)


def test_erlang_c_of_two_servers_by_hand() -> None:
    """With two servers and one offered, 1/3 of arrivals wait (a^2 / (a^2 + (2 - a)(1 + a)) = 1 / 3)."""
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(1, 0.4) == pytest.approx(0.4)


def test_seventy_batches_on_three_platforms_need_twelve_to_thirteen_days() -> None:
    """The 70 a year that ZS reports for three platforms mean a wait of 5.6 days at 12 days a batch and 9.9 at 13."""
    assert mean_wait_d(70, 3, 12, Queue(7.0)) == pytest.approx(5.6, abs=0.05)
    assert mean_wait_d(70, 3, 13, Queue(7.0)) == pytest.approx(9.9, abs=0.05)
    assert starts_per_year(3, 13, 1.0, Queue(7.0)) < 70 < starts_per_year(3, 12, 1.0, Queue(7.0))


def test_pooling_pays_and_an_overfull_queue_never_ends() -> None:
    """Two platforms together promise more than twice one; at or above full load the wait is infinite."""
    one, two = (starts_per_year(n, 13, 1.0, Queue(7.0)) for n in (1, 2))
    assert two > 2 * one
    assert starts_per_year(2, 13, 0.0, Queue(7.0)) == 0.0
    assert math.isinf(mean_wait_d(365 / 13, 1, 13, Queue(7.0)))


def test_a_platform_that_stands_one_day_in_ten_serves_more_slowly() -> None:
    """13 days of work take 13 / 0.9 days of the calendar; at the capacity promised the wait in calendar days is 7."""
    starts = starts_per_year(2, 13, 0.9, Queue(7.0))
    assert mean_wait_d(starts, 2, 13 / 0.9, Queue(7.0)) == pytest.approx(7.0)
    assert starts < 0.9 * starts_per_year(2, 13, 1.0, Queue(7.0))


def test_no_variability_means_full_use() -> None:
    """Scheduled arrivals and equal batches never wait, so a platform is used all year: 365 / 10."""
    assert starts_per_year(1, 10, 1.0, Queue(1.0, 0.0, 0.0)) == pytest.approx(36.5)


def test_annuity_and_present_values_by_hand() -> None:
    """0.1490 at 8 % over 10 years; 1/L without interest; 1 and 2 years at 10 %: 0.9091, 0.8264 + 0.7513."""
    assert annuity_factor(0.08, 10) == pytest.approx(0.1490, abs=5e-5)
    assert annuity_factor(0.0, 10) == pytest.approx(0.1)
    assert discount_weights([1.0, 2.0], 0.10) == pytest.approx([1 / 1.1, 1 / 1.1**2 + 1 / 1.1**3])
    assert discount_weights([2.0, 3.0], 0.0) == pytest.approx([2.0, 3.0])
    assert discount_weights([1.0], 0.08) == [1.0]
