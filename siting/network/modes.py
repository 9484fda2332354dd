"""Terms of a mode that are no price of a batch or a unit: milestones, the host's margin, ramp-up, shares of volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siting.network.network import no_milestones

if TYPE_CHECKING:
    from siting.study.study import Study


def milestone_table(study: Study, configurations: pd.DataFrame, options: pd.DataFrame) -> pd.DataFrame:
    """Return `Network.milestones`: one row for each (site, configuration) whose mode has a milestone."""
    modes = study.tables["modes"].set_index("id")
    paid = modes[modes["milestone_payment"] > 0]
    mode = configurations["mode"].to_numpy()[options["configuration"]]
    units = options.loc[np.isin(mode, paid.index), ["site", "configuration"]].drop_duplicates(ignore_index=True)
    if units.empty:
        return no_milestones()
    terms = paid.loc[configurations["mode"].to_numpy()[units["configuration"]]]
    payment = terms["milestone_payment"].to_numpy(float)
    return units.assign(
        starts=terms["milestone_starts"].to_numpy(float),
        **{"milestone:manufacturer": payment, "milestone:host": -payment},
    )


def mode_limits(study: Study) -> dict[str, Any]:
    """Return what `Limits` holds about modes: numbers, shares of volume, the hosts' margins and ramp-up."""
    modes, limits = study.tables["modes"].set_index("id"), study.config.limits.modes
    asks, slow = modes[modes["host_must_break_even"].astype(bool)], modes[modes["ramp_up"] < 1]
    return {
        "modes": {name: (limit.min, limit.max) for name, limit in limits.items()},
        "volume_shares": {
            name: (limit.min_volume_share, limit.max_volume_share)
            for name, limit in limits.items()
            if (limit.min_volume_share, limit.max_volume_share) != (None, None)
        },
        "host_margins": {str(mode): float(share) for mode, share in asks["host_margin"].items()},
        "ramp_up": {str(mode): float(share) for mode, share in slow["ramp_up"].items()} if _grows(study) else {},
    }


def _grows(study: Study) -> bool:
    return "periods" in study.tables and len(study.tables["periods"]) > 1


def mode_notes(study: Study) -> tuple[str, ...]:
    """Return what the summary should say about modes: terms that have no effect in this study."""
    slow = study.tables["modes"]["id"][study.tables["modes"]["ramp_up"] < 1]
    if _grows(study) or slow.empty:
        return ()
    return (f"ramp_up of {', '.join(slow)} has no effect: the study has one period, a year in full use.",)


def capacity_today(options: pd.DataFrame) -> pd.Series:
    """Return, by row of options, the capacity that its site has today in the same configuration; 0 for new units."""
    unit = ["site", "configuration"]
    today = options[options["is_existing"]].set_index(unit)["capacity"]
    return pd.Series(today.reindex(pd.MultiIndex.from_frame(options[unit])).fillna(0.0).to_numpy(), index=options.index)


def list_prices(study: Study) -> tuple[float | None, ...]:
    """Return the list price of each product by position; None where it is unknown."""
    return tuple(None if np.isnan(price) else price for price in study.tables["products"]["list_price"].astype(float))
