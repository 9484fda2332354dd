"""Terms of a mode that contradict each other: fees with no payer, payments that nothing earns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from siting.study.config import StudyConfig

HOST_SHARES = ("capex_host_share", "opex_host_share", "making_host_share")
FEES = ("fee_per_start", "fee_per_dose", "milestone_payment")
"""What the manufacturer pays to the host."""


def check_modes(config: StudyConfig, frames: Mapping[str, pd.DataFrame], files: Mapping[str, str]) -> list[Problem]:
    """Return the modes whose terms nobody could fulfil.

    Parameters
    ----------
    config : StudyConfig
        The settings; not asked.
    frames : mapping of table to DataFrame
        Holds ``modes`` and ``products``.
    files : mapping of table to str
        File names for the messages.
    """
    modes, products = frames["modes"], frames["products"]
    has_host = modes[list(HOST_SHARES)].gt(0).any(axis=1) | modes[list(FEES)].gt(0).any(axis=1)
    is_paid = modes[list(FEES)].gt(0).any(axis=1)
    asks, pays_royalty = modes["host_must_break_even"].eq(True), modes["royalty_share"].gt(0)
    has_payment, has_target = modes["milestone_payment"].gt(0), modes["milestone_starts"].gt(0)
    cases = (
        (
            modes["entry_fee"].gt(0) & ~has_host,
            "entry_fee has no payer: the hospital bears no cost and earns no fee in this mode",
            f"set entry_fee to 0, or give the hospital a share ({', '.join(HOST_SHARES)}) or a fee ({', '.join(FEES)})",
        ),
        (
            pays_royalty & ~has_host,
            "royalty_share has no payer: the hospital bears no cost and earns no fee in this mode",
            f"set royalty_share to 0, or give the hospital a share ({', '.join(HOST_SHARES)}) or a fee "
            f"({', '.join(FEES)})",
        ),
        (
            has_payment & ~has_target,
            "milestone_payment is given without milestone_starts",
            "say from how many starts a year it is paid; for a payment that no volume is asked for use fees",
        ),
        (
            has_target & ~has_payment,
            "milestone_starts is given without milestone_payment",
            "say what is paid, or set milestone_starts to 0",
        ),
        (
            asks & ~is_paid,
            "host_must_break_even is true but the hospital is paid nothing, so no unit could ever open",
            f"give a fee: {', '.join(FEES)}",
        ),
        (
            modes["host_margin"].gt(0) & ~asks,
            "host_margin is given but host_must_break_even is false",
            "set host_must_break_even to true, or host_margin to 0",
        ),
    )  # fmt: skip
    problems = [
        Problem(files["modes"], what, remedy, tuple(modes["id"][bad])) for bad, what, remedy in cases if bad.any()
    ]
    unpriced = products["id"][products["list_price"].isna()]
    if pays_royalty.any() and len(unpriced):
        what = "list_price is empty, but modes take a royalty on it"
        remedy = "give list_price, or set royalty_share to 0"
        problems.append(Problem(files["products"], what, remedy, tuple(unpriced)))
    return problems
