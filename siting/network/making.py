"""Makings: what a batch costs and yields, by configuration, link and product.

Nothing here depends on the site beyond its
configuration and the link of the lane, so the profile is worked out once and then laid on every site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siting.network.configurations import CENTRAL, CLOCK, service_class_table
from siting.network.courier import CRYO, SHIPMENTS
from siting.network.plants import plant_table
from siting.network.quality import outcomes
from siting.network.success import success_shares
from siting.words import parts

if TYPE_CHECKING:
    from siting.study.study import Study

HOURS_PER_DAY = 24.0
_TRANSFERS = ["fee_per_start", "fee_per_dose", "royalty_share"]
_PROCESS = ["making_cost_per_start", "first_start_success"]


def _terms(study: Study, configurations: pd.DataFrame) -> pd.DataFrame:
    """Return what making hangs on, one row for each configuration."""
    platforms = study.tables["platforms"].set_index("id")
    modes = study.tables["modes"].set_index("id")
    units = configurations[~configurations["is_central"]]
    terms = platforms.loc[units["platform"], [*_PROCESS, "products"]].reset_index(drop=True)
    mode = modes.loc[units["mode"]].reset_index(drop=True)
    service = service_class_table(study).set_index("id").loc[units["service_class"]].reset_index(drop=True)
    terms["making_cost_per_start"] = terms["making_cost_per_start"] * service["making_cost_factor"]
    terms["mode_change"], terms["has_vector_inside"] = mode["success_change"], False
    terms["host_share"] = mode["making_host_share"]
    terms[_TRANSFERS] = mode[_TRANSFERS]
    central = configurations[configurations["is_central"]]
    if len(central):
        plants = plant_table(study).set_index("id").loc[central["platform"], [*_PROCESS, "has_vector_inside"]]
        plants = plants.reset_index(drop=True).assign(products="", host_share=0.0, mode_change=0.0)
        plants[_TRANSFERS] = 0.0
        terms = pd.concat([terms, plants], ignore_index=True)
    known = configurations[["mode", "platform", "is_central", *CLOCK]]
    return terms.assign(configuration=np.arange(len(terms))).join(known)


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
        shipping_change=np.where(links["shipping"] == CRYO, courier.success_change_cryo, 0.0),
        link_is_central=links["link_class"] == CENTRAL,
    )
    product_columns = [
        "restart_share", "second_start_success", "oos_infused_share", "attrition_per_day", "vector_cost_per_start",
        "lost_patient_price", "list_price", "avoided_care_value", "max_vein_to_vein_d", "cancelled_share", "id",
    ]  # fmt: skip
    needs = products[product_columns].assign(product=np.arange(len(products), dtype=np.int32))
    rows = _terms(study, configurations).merge(lines, how="cross").merge(needs, how="cross")
    rows = rows[rows["is_central"] == rows["link_is_central"]]
    can_make = [not made or product in parts(made) for made, product in zip(rows["products"], rows["id"], strict=True)]
    rows = rows[np.array(can_make, dtype=bool)].reset_index(drop=True)
    rows = rows.assign(**success_shares(study, rows))
    transit_d = SHIPMENTS * rows["hours"] / HOURS_PER_DAY
    rows["once_d"] = transit_d + rows[CLOCK].sum(axis=1)
    rows["restart_d"] = rows["process_d"]
    found = outcomes(rows)
    found["starts"] /= 1.0 - rows["cancelled_share"]  # begun anew, at full cost
    made = _priced(pd.concat([rows, found], axis=1))
    in_time = ~(made["vein_to_vein_d"] > made["max_vein_to_vein_d"].astype(float))
    ledger_columns = [column for column in made.columns if ":" in column]
    shares = ["slots", "starts", "released", "infused", "infused_oos", "lost_quality", "lost_delay", "vein_to_vein_d"]
    kept = made.loc[in_time, ["configuration", "link", "product", *shares, *ledger_columns]]
    return kept.reset_index(drop=True)


def _priced(rows: pd.DataFrame) -> pd.DataFrame:
    starts = rows["starts"]
    making = starts * (rows["making_cost_per_start"] - rows["has_vector_inside"] * rows["vector_cost_per_start"])
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
            **_terms_in_use(rows),
        }
    )


def _terms_in_use(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the ledger of the terms that some mode or product has; a royalty needs a list price."""
    fee = rows["released"] * rows["fee_per_dose"]
    royalty = rows["infused"] * (rows["royalty_share"] * rows["list_price"].astype(float)).fillna(0.0)
    columns = {
        "fee_per_dose:manufacturer": fee,
        "fee_per_dose:host": -fee,
        "royalty:host": royalty,
        "royalty:manufacturer": -royalty,
        "avoided_care:insurer": -rows["infused"] * rows["avoided_care_value"],
    }
    return {name: column for name, column in columns.items() if column.any()}


def making_table(profile: pd.DataFrame, options: pd.DataFrame, lanes: pd.DataFrame) -> pd.DataFrame:
    """Lay the profile on the sites: one row for each (site, configuration, link, product) that a lane can use."""
    at_site = options.loc[options["capacity"] > 0, ["site", "configuration"]].drop_duplicates()
    arriving = lanes[["site", "link", "product"]].drop_duplicates()
    rows = at_site.merge(arriving, on="site").merge(profile, on=["configuration", "link", "product"])
    return rows.sort_values(["site", "configuration", "link", "product"], ignore_index=True)
