"""Makings: what a batch costs and yields, by configuration, link and product.

A configuration is a row: a mode with a platform, or a central plant. Nothing here depends on the site beyond its
configuration and the link of the lane, so the profile is worked out once and then laid on every site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.courier import SHIPMENTS
from siting.network.quality import outcomes

if TYPE_CHECKING:
    from siting.study.study import Study

CENTRAL = "central"
"""Mode of every central plant."""
HOURS_PER_DAY = 24.0
_PROCESS = ["process_d", "release_d", "making_cost_per_start", "first_start_success"]


def configuration_table(study: Study) -> pd.DataFrame:
    """Return ``id, mode, platform, is_central`` of every configuration: modes x platforms, then central plants."""
    modes, platforms = study.tables["modes"]["id"], study.tables["platforms"]["id"]
    pairs = [(mode, platform, False) for mode in modes for platform in platforms]
    if "central_plants" in study.tables:
        pairs += [(CENTRAL, plant, True) for plant in study.tables["central_plants"]["id"]]
    rows = pd.DataFrame(pairs, columns=["mode", "platform", "is_central"])
    rows.insert(0, "id", rows["mode"] + "/" + rows["platform"])
    return rows


def _terms(study: Study, configurations: pd.DataFrame) -> pd.DataFrame:
    """Return what making hangs on, one row for each configuration."""
    platforms = study.tables["platforms"].set_index("id")
    modes = study.tables["modes"].set_index("id")
    units = configurations[~configurations["is_central"]]
    terms = platforms.loc[units["platform"], [*_PROCESS, "products"]].reset_index(drop=True)
    mode = modes.loc[units["mode"]].reset_index(drop=True)
    terms["wait_d"] = study.config.queue.max_wait_d
    terms["first_start_success"] = terms["first_start_success"] + mode["success_change"]
    terms["host_share"], terms["fee_per_start"] = mode["making_host_share"], mode["fee_per_start"]
    central = configurations[configurations["is_central"]]
    if len(central):
        plants = study.tables["central_plants"].set_index("id").loc[central["platform"], [*_PROCESS, "wait_d"]]
        plants = plants.reset_index(drop=True).assign(products="", host_share=0.0, fee_per_start=0.0)
        terms = pd.concat([terms, plants], ignore_index=True)
    return terms.assign(configuration=np.arange(len(terms)), is_central=configurations["is_central"].to_numpy())


def making_profile(study: Study, configurations: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Return the making rows by ``configuration, link, product``, for one patient collected.

    Columns as in `Network.makings` without the site. Rows that the vein-to-vein limit or the platform's products forbid
    are left out, and so are links that a configuration cannot have (a unit has no central link).
    """
    courier, products = study.config.courier, study.tables["products"].reset_index(drop=True)
    change = {"at": 0.0, "close": courier.success_change_close}
    lines = links.assign(
        link=np.arange(len(links), dtype=np.int32),
        link_change=links["link_class"].map(change).fillna(courier.success_change_far),
        link_is_central=links["link_class"] == CENTRAL,
    )
    product_columns = [
        "restart_share", "second_start_success", "oos_infused_share", "attrition_per_day", "vector_cost_per_start",
        "lost_patient_price", "max_vein_to_vein_d", "id",
    ]  # fmt: skip
    needs = products[product_columns].assign(product=np.arange(len(products), dtype=np.int32))
    rows = _terms(study, configurations).merge(lines, how="cross").merge(needs, how="cross")
    rows = rows[rows["is_central"] == rows["link_is_central"]]
    can_make = [not made or product in _split(made) for made, product in zip(rows["products"], rows["id"], strict=True)]
    rows = rows[np.array(can_make, dtype=bool)].reset_index(drop=True)
    rows["success"] = (rows["first_start_success"] + rows["link_change"]).clip(0.0, 1.0)
    transit_d = SHIPMENTS * rows["hours"] / HOURS_PER_DAY
    rows["once_d"] = (
        study.config.clock.scheduling_d + transit_d + rows["wait_d"] + rows["process_d"] + rows["release_d"]
    )
    rows["restart_d"] = rows["process_d"]
    made = _priced(pd.concat([rows, outcomes(rows)], axis=1))
    in_time = ~(made["vein_to_vein_d"] > made["max_vein_to_vein_d"].astype(float))
    ledger_columns = [column for column in made.columns if ":" in column]
    shares = ["slots", "starts", "infused", "infused_oos", "lost_quality", "lost_delay", "vein_to_vein_d"]
    kept = made.loc[in_time, ["configuration", "link", "product", *shares, *ledger_columns]]
    return kept.reset_index(drop=True)


def _split(products: str) -> list[str]:
    return [product.strip() for product in products.split(";")]


def _priced(rows: pd.DataFrame) -> pd.DataFrame:
    starts = rows["starts"]
    making = starts * rows["making_cost_per_start"]
    return rows.assign(
        **{
            "slots": starts,
            "making:manufacturer": making * (1.0 - rows["host_share"]),
            "making:host": making * rows["host_share"],
            "vector:manufacturer": starts * rows["vector_cost_per_start"],
            "fee_per_start:manufacturer": starts * rows["fee_per_start"],
            "fee_per_start:host": -starts * rows["fee_per_start"],
            "lost_quality:lost": rows["lost_quality"] * rows["lost_patient_price"],
            "lost_delay:lost": rows["lost_delay"] * rows["lost_patient_price"],
        }
    )


def making_table(profile: pd.DataFrame, options: pd.DataFrame, lanes: pd.DataFrame) -> pd.DataFrame:
    """Lay the profile on the sites: one row for each (site, configuration, link, product) that a lane can use."""
    at_site = options[["site", "configuration"]].drop_duplicates()
    arriving = lanes[["site", "link", "product"]].drop_duplicates()
    rows = at_site.merge(arriving, on="site").merge(profile, on=["configuration", "link", "product"])
    return rows.sort_values(["site", "configuration", "link", "product"], ignore_index=True)
