"""Builders of small studies, and an oracle that tries every design and knows nothing of the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix, vstack

from siting.network.build import build_network
from siting.plan.plan import Plan
from siting.solve import SolveOptions, solve
from siting.study.read import read_study

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from siting.network.network import Network
    from siting.study.study import Study

    Floats = NDArray[np.float64]
    Design = tuple[int, ...]

DATA = Path(__file__).resolve().parents[1] / "data"
RULES: list[dict[str, Any]] = [
    {},
    {"limits.budget": 700_000.0},
    {"limits.sites.max": 1},
    {"limits.sites.min": 2, "limits.modes.franchise.max": 1},
    {"limits.modes.owned.min": 1, "limits.regions.R0.max": 1},
    {"limits.service_level": 0.8},
    {"limits.mean_travel_min": 80.0},
    {"sourcing.areas": "single"},
    {"sourcing.hospitals": "single"},
    {"limits.allow_unserved": False, "limits.allow_unreachable": False},
    {"limits.min_starts_at_new_centre": 30.0},
    {"courier.max_distance": 0.0},
]
"""Settings of one rule after another; number n goes with the n-th random study."""


def write_study(folder: Path, files: Mapping[str, str | None]) -> Study:
    """Write `tiny` into a new folder with some files replaced (None: left out) and read it."""
    folder.mkdir()
    texts = {path.name: path.read_text(encoding="utf-8") for path in (DATA / "tiny").iterdir()} | dict(files)
    for name, text in texts.items():
        if text is not None and name != "README.md":
            (folder / name).write_text(text, encoding="utf-8")
    return read_study(folder)


def edited(study: Study, table: str, changes: Mapping[str, Mapping[str, Any]]) -> Study:
    """Return the study with cells of a table changed (id -> column -> value; "*" is every row), checked again."""
    frame = study.tables[table].copy()
    for name, cells in changes.items():
        for column, value in cells.items():
            frame.loc[(frame["id"] == name) | (name == "*"), column] = value
    return replace(study, tables={**study.tables, table: frame}).replace({})


def without(study: Study, *tables: str) -> Study:
    """Return the study without some of its tables."""
    return replace(study, tables={name: frame for name, frame in study.tables.items() if name not in tables})


def whole_network(study: Study) -> Network:
    """Return the network with all options, dominated ones included."""
    return build_network(study, decisions={})


def solved(study: Study, kind: str = "total_cost") -> Plan:
    """Solve a study to a gap of zero and recount the plan."""
    network = build_network(study)
    plan = Plan(network, solve(network, SolveOptions(gap=0.0, threads=1, objective=kind)), study)
    plan.check()
    return plan


def random_files(seed: int) -> dict[str, str | None]:
    """Return the files of a random study: 3 areas, 3 hospitals, 2 modes, a plant; losses, restarts and limits on.

    Every number is drawn so that opening, shipping, treating far away and losing patients all compete.
    """
    draw = np.random.default_rng(seed)
    areas = [
        f"A{k},{draw.uniform(9, 12):.4f},{draw.uniform(49, 51):.4f},{draw.integers(60, 300) * 1000}" for k in range(3)
    ]
    hospitals = []
    for k in range(3):
        treats = "true" if k == 0 or draw.random() < 0.4 else "false"
        becomes = "true" if draw.random() < 0.8 else "false"
        most = "" if draw.random() < 0.6 else f"{draw.integers(25, 80)}"
        hospitals.append(
            f"H{k},R{k % 2},{draw.uniform(9, 12):.4f},{draw.uniform(49, 51):.4f},{treats},{becomes},{most}"
        )
    one, two = draw.integers(20, 50), draw.integers(60, 110)
    return {
        "trips.csv": None,
        "lanes.csv": None,
        "areas.csv": "\n".join(["id,lon,lat,population", *areas]),
        "hospitals.csv": "\n".join(
            ["id,region,lon,lat,treats_today,becomes_centre,treatment_capacity_per_year", *hospitals]
        ),
        "products.csv": (
            "id,incidence_per_100k,eligible_share,lost_patient_price\n"
            f"one,{draw.integers(60, 140)},0.2,{draw.integers(300, 500) * 1000}\n"
        ),
        "platforms.csv": (
            "id,process_d,setup_cost,capex_per_platform,fixed_opex,fixed_opex_per_platform,making_cost_per_start,"
            f"first_start_success\nbox,8,{draw.integers(1, 9) * 100000},{draw.integers(1, 5) * 100000},"
            f"{draw.integers(1, 5) * 100000},{draw.integers(3, 9) * 10000},{draw.integers(30, 60) * 1000},0.9\n"
        ),
        "capacities.csv": f"platform,count,starts_per_year\nbox,1,{one}\nbox,2,{two}\n",
        "modes.csv": (
            "id,capex_host_share,fixed_opex_factor,success_change,min_starts_per_year,oversight_per_year,fee_per_start\n"
            f"owned,0,1,0,{draw.integers(5, 15)},0,0\n"
            f"franchise,1,0.9,{draw.choice([-0.02, 0.0])},{draw.integers(5, 25)},{draw.integers(5, 40) * 1000},9000\n"
        ),
        "central_plants.csv": (
            "id,lon,lat,capacity_starts_per_year,making_cost_per_start,fixed_cost_per_year,may_close\n"
            f"plant,8,50,{draw.choice(['', '40'])},{draw.integers(70, 120) * 1000},"
            f"{draw.integers(0, 9) * 100000},true\n"
        ),
        "study.toml": (
            f"[travel]\nmax_distance = {draw.integers(120, 400)}.0\n"
            f"[courier]\nmax_distance = {draw.integers(60, 300)}.0\n"
            f"[costs]\nactivation = {draw.integers(0, 9) * 100000}.0\n"
            f"headquarters_per_year = {draw.integers(0, 5) * 100000}.0\n"
            "[limits]\nallow_unreachable = true\n"
        ),
    }


@dataclass(frozen=True)
class Oracle:
    """The best value over all designs, each with its flows solved by SciPy, straight from the rows of a network.

    Flows are patients here, not shares; slices are solved one by one, so rules that tie slices together (service level,
    mean travel) need a network of one slice.
    """

    network: Network
    kind: str = "total_cost"

    def best(self) -> float:
        """Return the optimum over all designs of all periods; infinite where none is possible."""
        if self.kind == "worst_travel":
            return self._worst_travel()
        if self.kind == "total_cost" and len(self.network.slices) == 1:
            return self._cheapest()
        network, worth = self.network, self._flow_values()
        years = network.periods["weight"].to_numpy()
        paid = 1.0 if self.kind == "total_cost" else 0.0
        value = [
            {d: flow + paid * years[t] * self._fixed_cost(d) for d, flow in found.items()}
            for t, found in enumerate(worth)
        ]
        reach = {d: v for d, v in value[0].items() if self._allowed(d, last=len(value) == 1)}
        for t in range(1, len(value)):
            reach = {
                d: v + min((w for before, w in reach.items() if self._may_follow(before, d)), default=np.inf)
                for d, v in value[t].items()
                if self._allowed(d, last=t == len(value) - 1)
            }
        return min(reach.values(), default=np.inf)

    def _cheapest(self) -> float:
        """Try designs by fixed cost, until fixed cost and flows without any rule of design cost more than the best."""
        flows, weight, best = Flows(self.network, 0, self.kind), self.network.slices["weight"].iat[0], np.inf
        floor = flows.least_of_all()
        designs = [design for design in self.designs() if self._allowed(design, last=True)]
        for fixed, design in sorted((self._fixed_cost(design), design) for design in designs):
            if weight * (fixed + floor) >= best:
                break
            best = min(best, weight * (fixed + flows.least(design)))
        return best

    def designs(self) -> Iterator[Design]:
        """Yield the option of every site (-1: none) for every design that keeps required sites."""
        options, must = self.network.options, set(self.network.must_open())
        choices = [
            [*([] if site in must else [-1]), *options.index[options["site"] == site]]
            for site in range(len(self.network.sites))
        ]
        yield from product(*choices)

    def _flow_values(self) -> list[dict[Design, float]]:
        """Return the value of the best flows of each period, by design."""
        slices, found = self.network.slices, []
        for t in range(len(self.network.periods)):
            flows = [Flows(self.network, s, self.kind) for s in slices.index[slices["period"] == t]]
            found.append({d: sum(slices["weight"].iat[f.slice] * f.least(d) for f in flows) for d in self.designs()
                          if self._allowed(d, last=False)})  # fmt: skip
        return found

    def _fixed_cost(self, design: Design) -> float:
        network, rows = self.network, [o for o in design if o >= 0]
        units = any(o >= 0 and not network.sites["is_central"].iat[j] for j, o in enumerate(design))
        return float(network.cost("options")[rows].sum() + units * network.cost("shared_costs").sum())

    def _allowed(self, design: Design, *, last: bool) -> bool:
        """Say whether a design keeps limits on numbers and money; least numbers and budget hold in the last period."""
        network, limits = self.network, self.network.limits
        rows = network.options.iloc[[o for o in design if o >= 0]]
        units = rows[~network.sites["is_central"].to_numpy()[rows["site"]]]
        mode = network.configurations["mode"].to_numpy()[units["configuration"]]
        region = network.sites["region"].to_numpy()[units["site"]]
        counts = [(len(units), limits.sites)]
        counts += [((mode == name).sum(), span) for name, span in limits.modes.items()]
        counts += [((region == name).sum(), span) for name, span in limits.regions.items()]
        good = all(number <= (most if most is not None else np.inf) for number, (_, most) in counts)
        if last:
            good &= all(number >= (least or 0) for number, (least, _) in counts)
            good &= rows["capex_manufacturer"].sum() <= (np.inf if limits.budget is None else limits.budget)
        return bool(good)

    def _may_follow(self, before: Design, after: Design) -> bool:
        """Say whether every unit stays, keeps its configuration and does not shrink."""
        options = self.network.options
        for old, new in zip(before, after, strict=True):
            if old >= 0 and (new < 0 or options["configuration"].iat[old] != options["configuration"].iat[new]
                             or options["platforms"].iat[old] > options["platforms"].iat[new]):  # fmt: skip
                return False
        return True

    def _worst_travel(self) -> float:
        served = replace(self.network, unmet=self.network.unmet.assign(can_stay=False))
        for minutes in np.unique(served.trips["minutes"]):
            near = replace(served, trips=served.trips[served.trips["minutes"] <= minutes].reset_index(drop=True))
            if np.isfinite(Oracle(near).best()):
                return float(minutes)
        return np.inf


class Flows:
    """The linear programme of one slice; a design only moves its right-hand sides and bounds."""

    def __init__(self, network: Network, slice_: int, kind: str) -> None:
        self.network, self.slice = network, slice_
        trips, lanes, makings, unmet = network.trips, network.lanes, network.makings, network.unmet
        sizes = [len(trips), len(unmet), len(lanes), len(makings)]
        self.starts = np.cumsum([0, *sizes])
        self.demand = self._demand_by_unmet_row()
        rows: list[tuple[Any, float, float]] = []
        for row, (area, item) in enumerate(unmet[["area", "product"]].to_numpy().tolist()):
            going = (trips["area"] == area) & (trips["product"] == item)
            left = (unmet.index == row).astype(float)
            rows.append((self._row(trips=going, unmet=left), self.demand[row], self.demand[row]))
        for hospital, item in product(range(len(network.hospitals)), range(len(network.ids.products))):
            here, out = (((t["hospital"] == hospital) & (t["product"] == item)).to_numpy() for t in (trips, lanes))
            rows.append((self._row(trips=here * trips["uptake"], lanes=-1.0 * out), 0.0, 0.0))
        for site, link, item in set(map(tuple, lanes[["site", "link", "product"]].to_numpy().tolist())):
            into, made = (((t["site"] == site) & (t["link"] == link) & (t["product"] == item)).to_numpy()
                          for t in (lanes, makings))  # fmt: skip
            rows.append((self._row(lanes=1.0 * into, makings=-1.0 * made), 0.0, 0.0))
        rows += self._tying_rows()
        by_site = [self._row(makings=(makings["site"] == j) * makings["slots"]) for j in range(len(network.sites))]
        by_hospital = [
            self._row(trips=(trips["hospital"] == h) * trips["uptake"]) for h in range(len(network.hospitals))
        ]
        self.low, self.high = (np.array([row[k] for row in rows]) for k in (1, 2))
        self.at, (self.binaries, links) = self._columns(), self._single_sourcing()
        self.link_low, self.link_high = (np.array([row[k] for row in links]) for k in (2, 3))
        self.design_rows = by_site + by_hospital
        whole = vstack([row for row, _, _ in rows] + self.design_rows).toarray()
        over = np.hstack([whole, np.zeros((len(whole), self.binaries))])
        self.matrix = csr_matrix(np.vstack([over, *(np.concatenate(row[:2])[None] for row in links)]))
        self.cost = np.concatenate([self._cost(kind), np.zeros(self.binaries)])
        self.integrality = np.r_[np.zeros(self.starts[-1]), np.ones(self.binaries)]

    def _row(self, trips: Any = None, unmet: Any = None, lanes: Any = None, makings: Any = None) -> coo_matrix:
        parts = zip((trips, unmet, lanes, makings), np.diff(self.starts), strict=True)
        return coo_matrix(
            np.concatenate([np.zeros(n) if part is None else np.asarray(part, float) for part, n in parts])
        )

    def _demand_by_unmet_row(self) -> Floats:
        demands = self.network.demands[self.network.demands["slice"] == self.slice].set_index(["area", "product"])[
            "patients"
        ]
        return np.array(
            [demands.get(key, 0.0) for key in map(tuple, self.network.unmet[["area", "product"]].to_numpy())]
        )

    def _cost(self, kind: str) -> Floats:
        network = self.network
        if kind == "total_cost":
            return np.concatenate([network.cost(name) for name in ("trips", "unmet", "lanes", "makings")])
        if kind == "mean_travel":
            return self._minutes() / self.demand.sum()
        return -self._row(makings=network.makings["infused"]).toarray().ravel()

    def _minutes(self) -> Floats:
        staying = np.full(len(self.network.unmet), self.network.limits.unserved_min)
        return self._row(trips=self.network.trips["minutes"], unmet=staying).toarray().ravel()

    def _tying_rows(self) -> list[tuple[Any, float, float]]:
        """Return service level and mean travel, which hold over all slices and so need a network of one."""
        network, limits, rows = self.network, self.network.limits, []
        if limits.service_level is not None:
            rows.append(
                (self._row(makings=network.makings["infused"]), limits.service_level * self._attainable(), np.inf)
            )
        if limits.mean_travel_min is not None:
            rows.append((coo_matrix(self._minutes()), -np.inf, limits.mean_travel_min * self.demand.sum()))
        return rows

    def _attainable(self) -> float:
        """Return the most patients anyone could infuse: for each area the best trip, lane and making."""
        network, total = self.network, 0.0
        for (area, item), patients in zip(
            network.unmet[["area", "product"]].to_numpy().tolist(), self.demand, strict=True
        ):
            shares = [0.0]
            for trip in network.trips[
                (network.trips["area"] == area) & (network.trips["product"] == item)
            ].itertuples():
                for lane in network.lanes[
                    (network.lanes["hospital"] == trip.hospital) & (network.lanes["product"] == item)
                ].itertuples():
                    made = network.makings
                    made = made[(made["site"] == lane.site) & (made["link"] == lane.link) & (made["product"] == item)]
                    shares += [trip.uptake * share for share in made["infused"]]
            total += patients * max(shares)
        return total

    def _single_sourcing(self) -> tuple[int, list[tuple[Any, Any, float, float]]]:
        """Return the number of binaries and rows (over flows, over binaries, low, high)."""
        network, limits = self.network, self.network.limits
        rows: list[tuple[Any, Any, float, float]] = []
        ways: list[tuple[int, float, tuple[str, int, int]]] = []
        wanted = [("trips", "area", limits.single_source_areas), ("lanes", "hospital", limits.single_source_hospitals)]
        for table, origin, is_single in wanted:
            frame = getattr(network, table)
            for k, (place, item) in enumerate(frame[[origin, "product"]].to_numpy().tolist() if is_single else []):
                which = (network.unmet["area"] == place) & (network.unmet["product"] == item)
                size = float(self.demand[which].sum()) if table == "trips" else float(self.demand.sum())
                ways.append((int(self.starts[0 if table == "trips" else 2]) + k, size, (table, place, item)))
        for k, (column, size, key) in enumerate(ways):
            flow, binary = np.zeros(self.starts[-1]), np.zeros(len(ways))
            flow[column], binary[k] = 1.0, -size
            rows.append((flow, binary, 0.0 if key[0] == "trips" else -np.inf, 0.0))
        for key in dict.fromkeys(key for *_, key in ways):
            rows.append((np.zeros(self.starts[-1]), np.array([1.0 * (own == key) for *_, own in ways]), 0.0, 1.0))
        return len(ways), rows

    def least(self, design: Design) -> float:
        """Return the least value of the flows of a design; infinite where they cannot be."""
        at, chosen = self.at, np.array(design)
        open_ = chosen >= 0
        hosting = np.zeros(len(at["today"]), dtype=bool)
        hosting[at["hospital"][open_ & (at["hospital"] >= 0)]] = True
        active = at["today"] | (hosting & at["becomes"])
        made_right = at["configuration"] == at["of_option"][chosen][at["made_at"]]
        allowed = np.concatenate([active[at["trip_to"]], at["can_stay"], open_[at["lane_to"]], made_right])
        new = active & ~at["today"] & at["has_trips"]
        low = np.concatenate([self.low, at["min_starts"][chosen], np.where(new, at["min_treated"], 0.0), self.link_low])
        high = np.concatenate([self.high, at["capacity"][chosen], at["can_treat"], self.link_high])
        return self._solve(allowed, low, high)

    def least_of_all(self) -> float:
        """Return a floor under every design: everything allowed, no capacities, no least volumes."""
        allowed = np.ones(self.starts[-1], dtype=bool)
        low = np.concatenate([self.low, np.zeros(len(self.design_rows)), self.link_low])
        high = np.concatenate([self.high, np.full(len(self.design_rows), np.inf), self.link_high])
        return self._solve(allowed, low, high)

    def _solve(self, allowed: NDArray[np.bool_], low: Floats, high: Floats) -> float:
        found = milp(
            self.cost,
            integrality=self.integrality,
            bounds=Bounds(0.0, np.concatenate([np.where(allowed, np.inf, 0.0), np.ones(self.binaries)])),
            constraints=LinearConstraint(self.matrix, low, high),
            options={"mip_rel_gap": 0.0},
        )
        return float(found.fun) if found.status == 0 else np.inf

    def _columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns that a design is laid against; rows for "no option" (-1) come last."""
        network, options, hospitals = self.network, self.network.options, self.network.hospitals
        return {
            "today": hospitals["treats_today"].to_numpy(bool),
            "becomes": hospitals["becomes_centre"].to_numpy(bool),
            "has_trips": np.isin(np.arange(len(hospitals)), network.trips["hospital"]),
            "min_treated": hospitals["min_treated"].to_numpy(float),
            "can_treat": hospitals["treatment_capacity"].fillna(np.inf).to_numpy(float),
            "hospital": network.sites["hospital"].to_numpy(),
            "configuration": network.makings["configuration"].to_numpy(),
            "made_at": network.makings["site"].to_numpy(),
            "trip_to": network.trips["hospital"].to_numpy(),
            "lane_to": network.lanes["site"].to_numpy(),
            "can_stay": network.unmet["can_stay"].to_numpy(bool),
            "of_option": np.append(options["configuration"].to_numpy(), -1),
            "capacity": np.append(options["capacity"].to_numpy(float), 0.0),
            "min_starts": np.append(options["min_starts"].to_numpy(float), 0.0),
        }


def frame_of(plan: Plan) -> pd.DataFrame:
    """Return the units of a plan as ``site_id, mode, platforms``, sorted, without central plants."""
    units = plan.openings[~plan.openings["is_central"]]
    return pd.DataFrame(units[["site_id", "mode", "platforms"]]).sort_values("site_id", ignore_index=True)
