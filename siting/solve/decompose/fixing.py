"""Reduced-cost fixing: options that no plan better than the one at hand can run.

Forcing an option into the relaxation raises its bound by at least `Answer.extra`. Where bound + extra exceeds the cost
of the plan at hand, every plan with that option costs more. Options go for good only if that is so in every period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.model.tolerance import RELATIVE
from siting.solve.decompose.restrict import Kept

if TYPE_CHECKING:
    from siting.model.solution import Solution
    from siting.solve.decompose.layout import Layout
    from siting.solve.decompose.relaxation import Answer


def possible(layout: Layout, answer: Answer, plan: Solution | None) -> Kept:
    """Return the rows that plans cheaper than the one at hand may use, and those it uses itself.

    Trips and lanes go only with their hospital or site: a small share of patients may take a dear one.
    """
    network = layout.network
    keep = np.ones(len(network.options), dtype=bool)
    if plan is not None:
        room = plan.objective - answer.bound + RELATIVE * abs(plan.objective)
        keep[layout.option_row] = answer.extra.min(axis=0) <= room
        keep[plan.open_options[plan.open_options >= 0]] = True
    sites = np.zeros(len(network.sites), dtype=bool)
    sites[network.options["site"][keep]] = True
    hosting = network.sites["hospital"].to_numpy()
    treats = (network.hospitals["treats_today"] | network.hospitals["is_openable"]).to_numpy(bool).copy()
    treats[hosting[sites & (hosting >= 0)]] = True
    trips = treats[network.trips["hospital"]]
    lanes = sites[network.lanes["site"]] & treats[network.lanes["hospital"]]
    return Kept(trips, lanes, keep)
