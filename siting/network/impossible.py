"""What no plan can do: products that cannot be made or shipped, and waits that no unit can promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.errors import Problem
from siting.network.options import unit_terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from siting.network.network import Network
    from siting.study.study import Study

LEAST_STARTS = 1.0
"""A unit that cannot promise one start a year promises nothing."""


def unreached_waits(study: Study, configurations: pd.DataFrame) -> list[Problem]:
    """Return the wait targets at which a platform, in any number, does not make what every mode asks of a unit."""
    terms = unit_terms(study, configurations)
    best = terms.loc[terms.groupby(["platform", "service_class", "mode"])["capacity"].idxmax()]
    reached = best["capacity"] >= np.maximum(best["min_starts"], LEAST_STARTS)
    waits = configurations.groupby("service_class")["wait_d"].first()
    problems = []
    for (platform, service_class), rows in best.groupby(["platform", "service_class"]):
        if reached[rows.index].any():
            continue
        where = f"service_classes {service_class}" if service_class else "queue.max_wait_d"
        least = rows["min_starts"].clip(lower=LEAST_STARTS).min()
        what = (
            f"no number of {platform} reaches the wait target of {waits[service_class]:g} d: {rows['platforms'].max()} "
            f"of them promise {rows['capacity'].max():.1f} starts a year, and a unit needs {least:g}"
        )
        remedy = "raise the wait or the platform's max_count, lower min_starts_per_year, or leave the platform out"
        problems.append(Problem(where, what, remedy, (str(platform),)))
    return problems


def unmade_products(study: Study, network: Network, lanes: pd.DataFrame) -> list[Problem]:
    """Return the products with patients that no unit or plant can receive or make in time, law apart.

    Parameters
    ----------
    study : Study
        Its products.
    network : Network
        Before lanes without makings are dropped.
    lanes : DataFrame
        Lanes before products are laid on them: ``hours``.
    """
    return list(_unmade(study, network, lanes))


def _unmade(study: Study, network: Network, lanes: pd.DataFrame) -> Iterator[Problem]:
    shipped, made, law = set(network.lanes["product"]), set(network.makings["product"]), network.law
    products = study.tables["products"].reset_index(drop=True)
    for product in sorted(set(network.demands["product"])):
        row = products.iloc[product]
        if product in made or lanes.empty or len(law.options) or product in set(law.lanes["product"]):
            continue
        if product in shipped:
            most = float(row["max_vein_to_vein_d"])
            limit = "" if np.isnan(most) else f" within max_vein_to_vein_d = {most:g}"
            what = f"no unit or central plant can make {row['id']}{limit}"
            remedy = "raise the limit, or see products and waits of the platforms"
        else:
            frozen = "" if row["is_fresh_only"] else ", and frozen ones do not keep long enough"
            what = (
                f"no lane is short enough for {row['id']}: the shortest takes {lanes['hours'].min():g} h, fresh cells "
                f"keep {row['fresh_window_h']:g} h{frozen}"
            )
            remedy = "raise fresh_window_h or cryo_window_h, or let hospitals near the patients host"
        yield Problem("products", what, remedy, (str(row["id"]),))
