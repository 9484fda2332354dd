"""Hop 3: the mixed-integer model in Pyomo.

Indices: a area, h hospital, j site, i product, c configuration, L link, o = (j, c, n) option, t period, s slice of
period t(s) with weight w_s, p place in a shared cost. D patients referred, pi uptake, K capacity, E slots of one
patient.

Variables
---------
=============================  ==========================================================================
``share[a,h,i,s]`` in [0, 1]   share of the patients of an area referred to a hospital (u = D share);
                               binary where areas are single-sourced
``unserved[a,i,s]`` in [0, 1]  share referred nowhere (m = D unserved)
``cells[h,j,i,s]`` >= 0        patients whose cells go from h to j (v)
``made[j,c,L,i,s]`` >= 0       the same patients at j by configuration and link (q)
``option[o,t]`` binary         the site runs this option (y)
``opens[j,t]`` in [0, 1]       the site runs any option
``treats[h,t]`` binary         a hospital that may start to treat without hosting does so (b)
``shared[k,t]`` in [0, 1]      a shared cost is paid (r; integral by itself, as it only costs)
``reached[k,s]`` binary        a unit reaches its milestone
=============================  ==========================================================================

Constraints
-----------
::

    (1)  sum_h share[a,h,i,s] + unserved[a,i,s] = 1
    (2)  share[a,h,i,s] <= active[h,t]                     active = 1 today, opens[h,t] by hosting, or treats[h,t];
                                                           opens[h,t] where h can send cells to its own unit only
    (3)  sum_a pi D share[a,h,i,s] = sum_j cells[h,j,i,s]
    (4)  cells[h,j,i,s] <= min(most[h,i,s], max_o K_o / E) opens[j,t]
    (4b) sum_{h in L(j)} cells[h,j,i,s] = sum_c made[j,c,L,i,s]
    (5)  sum_{L,i} E made[j,c,L,i,s] <= sum_n K[c,n] option[(j,c,n),t]
    (6)  sum_o option[o,t] = opens[j,t] <= 1               = 1 for required sites and units that may not close
    (8)  sum_{c,L,i} E made[j,c,L,i,s] >= sum_o least_o option[o,t]
    (9)  sum_{j,i} cells[h,j,i,s] >= least[h] active[h,t]  new centres;   sum_{a,i} pi D share <= T[h] active[h,t]
    (11) shared[k,t] >= sum_o option[o,t]                  members of a shared cost, all options or those of some modes

(7), floor space and clean rooms, is kept by not creating options that do not fit; (10), hosts become centres, by the
meaning of *active*. Further rules are features, one file each in `siting.model.features`; (13), which follows from the
rows above and only helps a solver, is in `siting.model.cover`.

(4) takes the largest option rather than ``sum_o min(most, K_o / E) option[o,t]``: on the Texas study the relaxation is
as tight and far sparser; what a small option cannot make is kept by (5).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.model.features import FEATURES
from siting.model.limits import linear
from siting.model.rows import flatten, members

if TYPE_CHECKING:
    from siting.network.network import Network


def build_model(network: Network) -> pyo.ConcreteModel:
    """Write the model of a network, without an objective (see `siting.model.objectives`).

    Parameters
    ----------
    network : Network
        Priced rows and limits.

    Returns
    -------
    ConcreteModel
        Variables as named above, each indexed by a row number: ``share``, ``cells``, ``made`` by the rows of
        ``model.rows``; ``unserved`` by rows of `network.demands`; ``option`` by (row of options, period), ``opens`` by
        (site, period). ``model.limits`` maps the name of each rule that a study can set to its `Limit`.
    """
    model = pyo.ConcreteModel(name=network.name)
    model.network, model.rows, model.limits = network, flatten(network), {}
    _variables(model)
    _demand(model)
    _treating(model)
    _flow(model)
    _making(model)
    _units(model)
    for feature in FEATURES:
        if feature.supports(network):
            feature.extend(model, network)
    return model


def active_features(network: Network) -> tuple[str, ...]:
    """Return the names of the features that the network's data switch on."""
    return tuple(feature.name for feature in FEATURES if feature.supports(network))


def _variables(model: pyo.ConcreteModel) -> None:
    network, rows = model.network, model.rows
    periods = range(len(network.periods))
    model.PERIODS = pyo.RangeSet(0, len(network.periods) - 1)
    model.share = pyo.Var(range(len(rows.assign)), within=pyo.UnitInterval)
    model.unserved = pyo.Var(range(len(network.demands)), within=pyo.UnitInterval)
    model.cells = pyo.Var(range(len(rows.cells)), within=pyo.NonNegativeReals)
    model.made = pyo.Var(range(len(rows.made)), within=pyo.NonNegativeReals)
    model.option = pyo.Var(range(len(network.options)), periods, within=pyo.Binary)
    model.opens = pyo.Var(range(len(network.sites)), periods, within=pyo.UnitInterval)
    openable = np.flatnonzero(network.hospitals["is_openable"]).tolist()
    model.treats = pyo.Var(openable, periods, within=pyo.Binary)
    model.shared = pyo.Var(range(len(network.shared_costs)), periods, within=pyo.UnitInterval)
    model.reached = pyo.Var(range(len(network.milestones)), range(len(network.slices)), within=pyo.Binary)


def _demand(model: pyo.ConcreteModel) -> None:
    network, going = model.network, members(model.rows.assign["demand"])
    stays = network.demands.merge(network.unmet, on=["area", "product"], how="left")["can_stay"].to_numpy(bool)
    for demand in np.flatnonzero(~stays):
        model.unserved[int(demand)].fix(0.0)

    def balance(m: pyo.ConcreteModel, demand: int) -> tuple[float, object, float]:
        shares = [m.share[k] for k in going.get(demand, ())]
        return 1.0, linear([1.0] * (len(shares) + 1), [*shares, m.unserved[demand]]), 1.0

    model.c1_demand = pyo.Constraint(range(len(network.demands)), rule=balance)


def own_unit_only(network: Network) -> np.ndarray:
    """Return pairs (hospital x products + product) that can send cells to the hospital's own unit and nowhere else."""
    lanes, products = network.lanes, len(network.ids.products)
    is_own = network.sites["hospital"].to_numpy()[lanes["site"]] == lanes["hospital"].to_numpy()
    key = lanes["hospital"].to_numpy().astype(np.int64) * products + lanes["product"].to_numpy()
    return np.setdiff1d(key[is_own], key[~is_own])


def switches(model: pyo.ConcreteModel) -> list[list[object | None]]:
    """Return, by hospital and period, the variable that says the hospital treats; None where it treats today."""
    hospitals, periods = model.network.hospitals, range(len(model.network.periods))
    openable, today = hospitals["is_openable"].to_numpy(), hospitals["treats_today"].to_numpy()
    return [
        [None if today[h] else model.treats[h, t] if openable[h] else model.opens[h, t] for t in periods]
        for h in range(len(hospitals))
    ]


def _treating(model: pyo.ConcreteModel) -> None:
    network, assign = model.network, model.rows.assign
    hospital = assign["hospital"].to_numpy()
    period = network.slices["period"].to_numpy()[assign["slice"]]
    key = hospital.astype(np.int64) * len(network.ids.products) + assign["product"].to_numpy()
    tied, treating = np.isin(key, own_unit_only(network)), switches(model)
    switch = [
        model.opens[h, t] if own else treating[h][t]
        for h, t, own in zip(hospital.tolist(), period.tolist(), tied.tolist(), strict=True)
    ]
    bound = [k for k, variable in enumerate(switch) if variable is not None]
    model.c2_active = pyo.Constraint(bound, rule=lambda m, k: (None, linear((1.0, -1.0), (m.share[k], switch[k])), 0.0))
    _treatment_volume(model, treating)


def _treatment_volume(model: pyo.ConcreteModel, treating: list[list[object | None]]) -> None:
    """Add (9): least patients at a new centre and treatment capacity."""
    network, rows = model.network, model.rows
    slices = network.slices["period"].to_numpy()
    arriving, sent = members(rows.assign[["hospital", "slice"]]), members(rows.cells[["hospital", "slice"]])
    nothing = np.zeros(0, dtype=np.int64)
    patients, least = rows.assign["arriving"].to_numpy(), network.hospitals["min_treated"].to_numpy(float)
    capacity = network.hospitals["treatment_capacity"].to_numpy(float)
    model.c9_capacity, model.c9_least = pyo.ConstraintList(), pyo.ConstraintList()
    for h, (s, t) in product(np.unique(rows.assign["hospital"]).tolist(), enumerate(slices)):
        switch, going = treating[h][t], arriving.get((h, s), nothing)
        terms = [model.share[k] for k in going]
        if len(going) and np.isfinite(capacity[h]):
            body = linear([*patients[going], *([] if switch is None else [-capacity[h]])],
                          [*terms, *([] if switch is None else [switch])])  # fmt: skip
            model.c9_capacity.add((None, body, capacity[h] if switch is None else 0.0))
        if switch is not None and least[h] > 0:
            out = [model.cells[k] for k in sent.get((h, s), ())]
            model.c9_least.add((0.0, linear([*[1.0] * len(out), -least[h]], [*out, switch]), None))


def _flow(model: pyo.ConcreteModel) -> None:
    """Add (3): all patients who arrive have their cells sent somewhere."""
    rows = model.rows
    arriving, sent = (members(table[["hospital", "product", "slice"]]) for table in (rows.assign, rows.cells))
    patients = rows.assign["arriving"].to_numpy()
    model.c3_flow = pyo.ConstraintList()
    for key, going in arriving.items():
        out = sent.get(key, ())
        terms = [*(model.share[k] for k in going), *(model.cells[k] for k in out)]
        model.c3_flow.add((0.0, linear([*patients[going], *[-1.0] * len(out)], terms), 0.0))


def _making(model: pyo.ConcreteModel) -> None:
    """Add (4b), (5) and (8): what arrives is made, within capacity, and enough to live on."""
    rows, options = model.rows, model.network.options
    key = ["site", "link", "product", "slice"]
    arriving, making = members(rows.cells[key]), members(rows.made[key])
    model.c4b_made = pyo.ConstraintList()
    for place, cells in arriving.items():
        out = making.get(place, ())
        terms = [*(model.cells[k] for k in cells), *(model.made[k] for k in out)]
        model.c4b_made.add((0.0, linear([*[1.0] * len(cells), *[-1.0] * len(out)], terms), 0.0))
    period, slots = model.network.slices["period"].to_numpy(), rows.made["slots"].to_numpy()
    choices = members(options[["site", "configuration"]])
    capacity, least = options["capacity"].to_numpy(), options["min_starts"].to_numpy()
    model.c5_capacity, model.c8_least = pyo.ConstraintList(), pyo.ConstraintList()
    made_at, nothing = members(rows.made[["site", "configuration", "slice"]]), np.zeros(0, dtype=np.int64)
    for (place, picked), (s, t) in product(choices.items(), enumerate(period)):
        batches = made_at.get((*place, s), nothing)
        terms = [*(model.made[k] for k in batches), *(model.option[int(o), t] for o in picked)]
        if len(batches) and np.isfinite(capacity[picked]).all():
            model.c5_capacity.add((None, linear([*slots[batches], *-capacity[picked]], terms), 0.0))
        if (least[picked] > 0).any():
            model.c8_least.add((0.0, linear([*slots[batches], *-least[picked]], terms), None))


def _units(model: pyo.ConcreteModel) -> None:
    """Add (4), (6) and (11): cells go to open units only, one option a site, shared costs."""
    network, choices = model.network, members(model.network.options["site"])
    for site in range(len(network.sites)):
        if site not in choices:
            for t in model.PERIODS:
                model.opens[site, t].fix(0.0)
    sites = list(choices)
    model.c6_one = pyo.Constraint(
        sites, model.PERIODS,
        rule=lambda m, j, t: (0.0, linear([*[1.0] * len(choices[j]), -1.0],
                                          [*(m.option[int(o), t] for o in choices[j]), m.opens[j, t]]), 0.0),
    )  # fmt: skip
    for site in network.must_open():
        for t in model.PERIODS:
            model.opens[site, t].setlb(1.0)
    _links(model)
    _shared(model, choices)


def _shared(model: pyo.ConcreteModel, choices: dict[int, np.ndarray]) -> None:
    """Add (11), over all options of a member or over those of the modes it names."""
    network = model.network
    mode = network.configurations["mode"].to_numpy()[network.options["configuration"]]
    paid = list(network.shared_members.groupby(["shared_cost", "site"])["mode"].agg(set).items())

    def pays(m: pyo.ConcreteModel, k: int, t: int) -> tuple[float, object, None]:
        (cost, site), modes = paid[k]
        options = [m.option[int(o), t] for o in choices.get(site, ()) if mode[o] in modes]
        opened = [m.opens[site, t]] if "" in modes else options
        return 0.0, linear([1.0, *[-1.0] * len(opened)], [m.shared[cost, t], *opened]), None

    model.c11_shared = pyo.Constraint(range(len(paid)), model.PERIODS, rule=pays)


def _links(model: pyo.ConcreteModel) -> None:
    """Add (4), left out where (2) says the same: lanes of a new centre to its own unit, sites that are always open."""
    network, cells = model.network, model.rows.cells
    hospital, site = cells["hospital"].to_numpy(), cells["site"].to_numpy()
    new = ~(network.hospitals["treats_today"] | network.hospitals["is_openable"]).to_numpy()
    implied = np.isin(site, network.must_open()) | (
        (network.sites["hospital"].to_numpy()[site] == hospital) & new[hospital]
    )
    period = network.slices["period"].to_numpy()[cells["slice"]].tolist()
    most = np.minimum(cells["most"].to_numpy(), _room(network)[cells["lane"]])

    def link(m: pyo.ConcreteModel, k: int) -> tuple[None, object, float]:
        return None, linear((1.0, -most[k]), (m.cells[k], m.opens[int(site[k]), period[k]])), 0.0

    model.c4_link = pyo.Constraint(np.flatnonzero(~implied).tolist(), rule=link)


def _room(network: Network) -> np.ndarray:
    """Return, by row of lanes, the most patients that the largest option of the site could make from the lane."""
    key = ["site", "configuration"]
    largest = network.options.groupby(key)["capacity"].max().rename("capacity").reset_index()
    making = network.makings[[*key, "link", "product", "slots"]].merge(largest, on=key)
    making["room"] = making["capacity"] / making["slots"]
    place = ["site", "link", "product"]
    room = making.groupby(place)["room"].max().rename("room").reset_index()
    return network.lanes[place].merge(room, on=place, how="left")["room"].fillna(0.0).to_numpy()
