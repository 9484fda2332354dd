"""One-off money as money a year."""

from __future__ import annotations


def annuity_factor(rate: float, years: float) -> float:
    """Return the yearly payment that repays 1 over a life: ``r / (1 - (1 + r)**-L)``; ``1 / L`` at rate 0.

    8 % over 10 years gives 0.1490.
    """
    if rate == 0.0:
        return 1.0 / years
    return float(rate / (1.0 - (1.0 + rate) ** -years))


def discount_weights(years: list[float], rate: float) -> list[float]:
    """Return the present value of a payment of 1 a year through each of consecutive periods.

    Payments fall at the end of each year; a single period of one year is left undiscounted, so that a study without
    periods reads in plain money a year.
    """
    if len(years) == 1:
        return [years[0]]
    weights, elapsed = [], 0.0
    for length in years:
        later = (1.0 + rate) ** -elapsed
        weights.append(length if rate == 0.0 else later * (1.0 - (1.0 + rate) ** -length) / rate)
        elapsed += length
    return weights
