"""Configurations: the ways in which a unit can be run, as rows.

A unit's configuration is a mode x a platform x a service class x a use; a central plant is one configuration. Service
classes and uses are singletons without a name where the study has no table of them, and an id names only what the study
lets differ: "mode/platform", or "mode/platform/class/use".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from siting.study.study import Study

CENTRAL = "central"
"""Mode of every central plant."""
CLOCK = ["wait_d", "process_d", "release_d", "scheduling_d"]
"""Days of vein-to-vein time that hang on the configuration."""


def service_class_table(study: Study) -> pd.DataFrame:
    """Return ``id, max_wait_d, making_cost_factor``; one class without a name where the study has no table."""
    if "service_classes" in study.tables:
        return study.tables["service_classes"][["id", "max_wait_d", "making_cost_factor"]]
    return pd.DataFrame({"id": [""], "max_wait_d": [study.config.queue.max_wait_d], "making_cost_factor": [1.0]})


def use_table(study: Study) -> pd.DataFrame:
    """Return ``id, cost_share, capacity_share``; one exclusive use without a name where the study has no table."""
    if "uses" in study.tables:
        return study.tables["uses"][["id", "cost_share", "capacity_share"]]
    return pd.DataFrame({"id": [""], "cost_share": [1.0], "capacity_share": [1.0]})


def configuration_table(study: Study) -> pd.DataFrame:
    """Return the configurations as `Network.configurations` wants them: units first, then central plants."""
    classes, uses = service_class_table(study), use_table(study)
    rows = (
        study.tables["modes"][["id"]].rename(columns={"id": "mode"})
        .merge(study.tables["platforms"][["id", "process_d", "release_d"]].rename(columns={"id": "platform"}), "cross")
        .merge(classes[["id", "max_wait_d"]].rename(columns={"id": "service_class", "max_wait_d": "wait_d"}), "cross")
        .merge(uses[["id"]].rename(columns={"id": "use"}), "cross")
    )  # fmt: skip
    rows["is_central"] = False
    if "central_plants" in study.tables:
        plants = study.tables["central_plants"][["id", "wait_d", "process_d", "release_d"]]
        central = {"mode": CENTRAL, "service_class": "", "use": "", "is_central": True}
        rows = pd.concat([rows, plants.rename(columns={"id": "platform"}).assign(**central)], ignore_index=True)
    rows["scheduling_d"] = study.config.clock.scheduling_d
    rows["id"] = rows["mode"] + "/" + rows["platform"]
    for part, options in (("service_class", classes), ("use", uses)):
        if len(options) > 1:
            rows["id"] += ("/" + rows[part]).where(~rows["is_central"], "")
    return rows[["id", "mode", "platform", "service_class", "use", "is_central", *CLOCK]]
