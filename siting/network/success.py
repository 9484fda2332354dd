"""How starts go: by platform, mode and lane, or as the study's success table says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from siting.study.success import best_rows

if TYPE_CHECKING:
    import pandas as pd

    from siting.study.study import Study


def success_shares(study: Study, rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the shares of starts that succeed and that are made again, row by row.

    Parameters
    ----------
    study : Study
        Its success table, if it has one, takes the place of the platform's share. Of what mode and lane change, the
        part that the table's row names is inside that row.
    rows : DataFrame
        ``mode, platform, link_class, id`` (product), ``first_start_success`` of the platform, ``mode_change,
        link_change, shipping_change`` to add, ``restart_share, second_start_success`` of the product.

    Returns
    -------
    dict of str to Series
        ``success, restart_share, second_start_success``, shares.
    """
    first, by_mode, by_link = (rows[name] for name in ("first_start_success", "mode_change", "link_change"))
    again = {name: rows[name].astype(float) for name in ("restart_share", "second_start_success")}
    if "success" in study.tables:
        table = study.tables["success"].reset_index(drop=True)
        best, _ = best_rows(table, rows[["mode", "platform", "link_class"]].assign(product=rows["id"]))
        found, named = best >= 0, table.iloc[best].set_axis(rows.index)
        first = named["first_start_success"].where(found, first)
        by_mode = by_mode.where(~found | (named["mode"] == ""), 0.0)
        by_link = by_link.where(~found | (named["link_class"] == ""), 0.0)
        again = {name: named[name].astype(float).where(found, np.nan).fillna(own) for name, own in again.items()}
    return {"success": (first + by_mode + by_link + rows["shipping_change"]).clip(0.0, 1.0), **again}
