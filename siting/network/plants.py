"""What a start at a central plant costs and what stays when it is not made.

From a quoted batch cost B with fixed share f, of which the vector is part: a start costs B (1 - f) with its vector, and
f B N a year is fixed, N being the batches a year at which B was quoted. ZS white paper: B = 250-380 k$, f = 30-35 %.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from siting.study.study import Study


def plant_table(study: Study) -> pd.DataFrame:
    """Return the central plants by position, with the costs that follow from a quoted batch worked out.

    Returns
    -------
    DataFrame
        ``making_cost_per_start`` (money/start), ``has_vector_inside`` (whether that contains the product's vector) and
        ``fixed_cost_per_year`` (money/year) replaced or added; all other columns as in the study.
    """
    rows = study.tables["central_plants"].reset_index(drop=True)
    batch, fixed = rows["batch_cost"].astype(float), rows["fixed_share"].astype(float)
    yearly = (batch * fixed * rows["reference_batches_per_year"].astype(float)).fillna(0.0)
    return rows.assign(
        making_cost_per_start=rows["making_cost_per_start"].astype(float).fillna(batch * (1.0 - fixed)),
        has_vector_inside=batch.notna(),
        fixed_cost_per_year=rows["fixed_cost_per_year"].astype(float) + yearly,
    )
