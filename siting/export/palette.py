"""Colours and classes that the map and the QGIS styles share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.plan.plan import Plan

MODE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7b4ea3", "#8c6d31")
"""First six: Okabe and Ito's palette, told apart by colour-blind readers; more modes than eight start again."""
CENTRAL_COLOUR = "#2b2b2b"
RAMP = ("#eef3f6", "#d2dee6", "#aec3d1", "#84a3b8", "#5a809b", "#355c79")
"""Sequential and nearly of one hue, so that lightness alone carries the order and units stand out."""
NO_DATA_COLOUR = "#f3efe8"
TRIP_COLOUR = "#6a51a3"
LANE_COLOUR = "#1d1d1d"
CANDIDATE_COLOUR = "#8a929a"
CENTRE_COLOUR = "#111111"
CLASS_COLOURS = {"core": "#1b6f5c", "swing": "#e08a1e", "never": "#8d99a5"}
"""Hospitals by their place in near-optimal plans."""


def mode_colours(plan: Plan) -> dict[str, str]:
    """Return the colour of every mode of the study, so that two plans of one study agree.

    Parameters
    ----------
    plan : Plan
        ``network.configurations`` gives the modes and which of them are central.

    Returns
    -------
    dict of str to str
        Hex colours by mode id, hospital modes in the study's order first.
    """
    configurations = plan.network.configurations
    central = configurations["is_central"].to_numpy(dtype=bool)
    hosted = dict.fromkeys(configurations.loc[~central, "mode"].astype(str))
    colours = {mode: MODE_COLOURS[i % len(MODE_COLOURS)] for i, mode in enumerate(hosted)}
    return colours | dict.fromkeys(configurations.loc[central, "mode"].astype(str), CENTRAL_COLOUR)


def breaks(values: NDArray[np.float64], classes: int = len(RAMP)) -> list[float]:
    """Return round upper limits of equally wide classes; the last class is open.

    Parameters
    ----------
    values : ndarray
        NaN is left out.
    classes : int
        Most classes wanted.

    Returns
    -------
    list of float
        At most ``classes - 1`` limits, rising; the 95th percentile falls into the last closed class or the open one.
        Empty if no value is above 0.
    """
    known = values[np.isfinite(values)]
    top = float(np.quantile(known, 0.95)) if known.size else 0.0
    top = top if top > 0 else float(known.max(initial=0.0))
    if top <= 0:
        return []
    raw = top / (classes - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if raw <= power * nice * (1 + 1e-9))
    return [float(f"{step * i:.6g}") for i in range(1, math.ceil(top / step - 1e-9) + 1)]
