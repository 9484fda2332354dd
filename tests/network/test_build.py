"""From tables to rows: trips, lanes, options, prices and refusals, by hand on `tiny`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from helpers import Oracle, edited, frame_of, random_files, solved, whole_network, without, write_study

from siting.errors import StudyError
from siting.network.build import build_network
from siting.network.travel import price_trips, uptake
from siting.solve import SolveOptions, solve

if TYPE_CHECKING:
    from pathlib import Path

    from siting.network.network import Network
    from siting.study.study import Study

KM_PER_MILE = 1.609344


def hosts(network: Network) -> set[str]:
    """Return the ids of the hospitals that may host a unit."""
    return {network.ids.sites[j] for j in network.options["site"]} & set(network.ids.hospitals)


def lane_pairs(network: Network) -> set[tuple[str, str]]:
    """Return the lanes by id."""
    ids = network.ids
    return {(ids.hospitals[h], ids.sites[j]) for h, j in network.lanes[["hospital", "site"]].to_numpy()}


def test_uptake_falls_as_published(tiny: Study) -> None:
    """At 34.2 and 104.4 miles 9.1 % and 6.6 % of patients came (Chung 2025): a ratio of 1.379."""
    share = uptake(np.array([34.2, 104.4]) * KM_PER_MILE, tiny.replace({"travel.uptake_decay_per_mi": 0.00458}))
    assert share[0] / share[1] == pytest.approx(9.1 / 6.6, abs=1e-3)


def test_uptake_beyond_the_free_distance(tiny: Study) -> None:
    """The first 50 km are free, and 100 km count as 50 km = 31.07 miles: exp(-0.1423)."""
    study = tiny.replace({"travel.uptake_decay_per_mi": 0.00458, "travel.uptake_free_distance": 50.0})
    assert uptake(np.array([50.0, 100.0]), study) == pytest.approx([1.0, np.exp(-0.00458 * 50 / KM_PER_MILE)])


def test_travel_cost_by_hand(tiny: Study) -> None:
    """A to H2: 5 round trips x 2 x (100 km x 10 $ + 2 persons x 100/60 h x 12 $) + 3 nights x 100 $ = 10,700 $."""
    study = tiny.replace({"travel.hour_value": 12.0, "travel.lodging_nights": 3.0, "travel.lodging_per_night": 100.0})
    trips = build_network(study).trips.set_index(["area", "hospital"])
    assert trips.loc[(0, 1), "travel:patient"] == pytest.approx(10 * (1_000 + 2 * 100 / 60 * 12) + 300)
    assert trips.loc[(0, 2), "travel:patient"] == pytest.approx(10 * (600 + 2 * 12))


def test_lost_distance_and_travel_hang_on_uptake(tiny: Study) -> None:
    """One referred patient at 100 km comes with a share s: pays s x 10,000 $ of travel, loses (1 - s) x 300,000 $."""
    study = tiny.replace({"travel.uptake_decay_per_mi": 0.00458})
    trip = build_network(study).trips.set_index(["area", "hospital"]).loc[(0, 1)]
    share = np.exp(-0.00458 * 100 / KM_PER_MILE)
    assert trip["uptake"] == pytest.approx(share)
    assert trip["travel:patient"] == pytest.approx(share * 10_000)
    assert trip["lost_distance:lost"] == pytest.approx((1 - share) * 300_000)


def test_trips_from_geometry_have_stated_times(tiny: Study) -> None:
    """Without a matrix, minutes = 10 + 1.25 x great circle / 80 km/h, and trips beyond the limit are gone."""
    network = build_network(without(tiny, "trips").replace({"travel.max_distance": 100.0}))
    assert np.allclose(network.trips["minutes"], 10 + network.trips["km"] / 80 * 60)
    assert network.trips["km"].max() <= 100
    assert network.limits.unserved_min == pytest.approx(10 + 100 / 80 * 60)
    assert len(network.trips) < 12


def test_unserved_count_at_least_the_longest_trip(tiny: Study) -> None:
    """Without a travel limit an unserved patient counts like the longest trip of the table, 120 minutes."""
    assert build_network(tiny).limits.unserved_min == 120


def test_link_classes_and_steps(tiny: Study) -> None:
    """Hours include 2 h of handling; up to 3.5 h is close; transit is rounded up to the step of 4 h."""
    network = build_network(tiny.replace({"courier.close_h": 3.5}))
    lanes = network.lanes.merge(network.links, left_on="link", right_index=True, suffixes=("", "_step"))
    found = {
        (network.ids.hospitals[row.hospital], network.ids.sites[row.site]): (row.link_class, row.hours, row.hours_step)
        for row in lanes.itertuples()
    }
    assert found["H1", "H1"] == ("at", 0.0, 0.0)
    assert found["H1", "H3"] == ("close", pytest.approx(3.2), 4.0)
    assert found["H1", "H2"] == ("far", pytest.approx(4.0), 4.0)
    assert found["H1", "plant"] == ("central", 48.0, 48.0)


def test_courier_price_by_hand(tiny: Study) -> None:
    """Two shipments of 500 $ + 60 km x 10 $ between H1 and H3; two of 2,000 $ to the plant."""
    network = build_network(tiny)
    price = network.lanes.set_index(["hospital", "site"])["courier:manufacturer"]
    assert (price[0, 2], price[0, 0], price[0, 3]) == pytest.approx((2_200, 0, 4_000))


def test_courier_radius_zero_is_point_of_care(tiny: Study) -> None:
    """With no courier distance the lanes left are those within a hospital and those to the plant."""
    pairs = lane_pairs(build_network(tiny.replace({"courier.max_distance": 0.0})))
    assert pairs == {(h, h) for h in ("H1", "H2", "H3")} | {(h, "plant") for h in ("H1", "H2", "H3")}


def test_fresh_cells_travel_no_longer_than_their_window(tiny: Study) -> None:
    """Cells that keep 3.5 h may go H1-H3 (3.2 h) but not H2-H3 (3.6 h), H1-H2 (4 h) or to the plant (48 h)."""
    study = edited(tiny, "products", {"cart": {"is_fresh_only": True, "fresh_window_h": 3.5}})
    pairs = lane_pairs(build_network(study))
    assert pairs == {(h, h) for h in ("H1", "H2", "H3")} | {("H1", "H3"), ("H3", "H1")}


def test_vein_to_vein_limit_removes_the_plant(tiny: Study) -> None:
    """A unit takes 3 + 7 + 10 + 5 = 25 days and 8/24 on the road, the plant 3 + 4 + 7 + 7 + 7 = 28."""
    network = build_network(edited(tiny, "products", {"cart": {"max_vein_to_vein_d": 26.0}}))
    assert ("H1", "plant") not in lane_pairs(network)
    assert sorted(set(network.makings["vein_to_vein_d"].round(6))) == pytest.approx([25, 25 + 8 / 24])


@pytest.mark.parametrize(("unknown", "expected"), [("allowed", {"H1", "H2", "H3"}), ("excluded", {"H1"})])
def test_unknown_space_is_allowed_or_excluded(tiny: Study, unknown: str, expected: set[str]) -> None:
    """Unknown floor space and clean room keep a host or not, as the study says, and the notes count them."""
    study = edited(tiny, "hospitals", {"H1": {"space_m2": 500.0, "cleanroom_grade": "C"}})
    network = build_network(study.replace({"study.unknown": unknown}))
    assert hosts(network) == expected
    assert f"Unknown space or clean room: 2 hospitals {unknown} as host" in " ".join(network.notes)


@pytest.mark.parametrize(("unknown", "expected"), [("allowed", {"H1", "H2", "H3"}), ("excluded", {"H1", "H2"})])
def test_unknown_beds_are_allowed_or_excluded(tiny: Study, unknown: str, expected: set[str]) -> None:
    """A hospital without known beds follows the study; one that treats today is exempt."""
    everything = {"space_m2": 500.0, "cleanroom_grade": "C"}
    study = edited(tiny, "hospitals", {"*": everything, "H3": {"beds": np.nan}, "H2": {"beds": np.nan}})
    network = build_network(study.replace({"study.unknown": unknown, "study.min_beds": 100.0}))
    assert hosts(network) == expected


def test_space_limits_the_number_of_platforms(tiny: Study) -> None:
    """12 m2 for the first stack and 6 for each further one: 18 m2 hold two platforms, 23.9 two, 24 three."""
    study = edited(tiny, "hospitals", {"H1": {"space_m2": 18.0}, "H2": {"space_m2": 23.9}, "H3": {"space_m2": 24.0}})
    network = whole_network(study)
    units = network.options[network.options["site"] < 3]
    assert units.groupby("site")["platforms"].max().tolist() == [2, 2, 3]


def test_clean_room_must_be_good_enough(tiny: Study) -> None:
    """A platform that needs grade C fits A and C, not D or none."""
    study = edited(tiny, "platforms", {"unit": {"cleanroom_grade": "C"}})
    grades = {"H1": {"cleanroom_grade": "A"}, "H2": {"cleanroom_grade": "D"}, "H3": {"cleanroom_grade": "C"}}
    assert hosts(build_network(edited(study, "hospitals", grades))) == {"H1", "H3"}


def test_hospital_without_room_does_not_treat(tiny: Study) -> None:
    """H3 cannot host, so it never becomes a centre: no trips go there and no plan counts on it."""
    network = build_network(edited(tiny, "hospitals", {"H3": {"space_m2": 5.0}}))
    assert set(network.trips["hospital"]) == {0, 1}


def test_banned_and_barred_hospitals_host_nothing(tiny: Study) -> None:
    """Status banned and can_host = false both leave no option."""
    study = edited(tiny, "hospitals", {"H1": {"status": "banned"}, "H2": {"can_host": False}})
    assert hosts(build_network(study)) == {"H3"}


def test_existing_unit_keeps_its_configuration_and_may_grow(tiny: Study) -> None:
    """A franchise unit of 2 stays (no capex) or grows to 3 (100,000 $ more, the host's); it cannot be anything else."""
    cells = {"status": "existing", "existing_mode": "franchise", "existing_platform": "unit", "existing_count": 2}
    network = whole_network(edited(tiny, "hospitals", {"H1": cells}))
    units = network.options[network.options["site"] == 0]
    assert units[["platforms", "capex", "capex_manufacturer"]].to_numpy().tolist() == [[2, 0, 0], [3, 100_000, 0]]
    assert set(network.configurations["id"].iloc[units["configuration"]]) == {"franchise/unit"}


def test_required_unit_without_room_is_refused(tiny: Study) -> None:
    """A hospital that must have a unit and has no floor for one is a contradiction of the study, named."""
    study = edited(tiny, "hospitals", {"H3": {"status": "required", "space_m2": 1.0}})
    with pytest.raises(StudyError, match=r"must have a unit .* no unit fits .*\(H3\)"):
        build_network(study)


def test_areas_out_of_reach_are_named(tiny: Study) -> None:
    """With trips up to 15 minutes B reaches nobody; the study is refused unless it lets such areas stay."""
    near = tiny.replace({"travel.max_min": 15.0})
    with pytest.raises(StudyError, match=r"1 of 4 areas .* \(B Middleton\)"):
        build_network(near)
    plan = solved(near.replace({"limits.allow_unreachable": True, "limits.allow_unserved": False}))
    assert plan.kpis["patients_unmet"] == pytest.approx(20)
    assert "1 area can reach no hospital" in " ".join(plan.network.notes)


def test_nobody_to_treat_is_refused(tiny: Study) -> None:
    """Without hosts and without a plant no area has a hospital that can treat."""
    study = without(edited(tiny, "hospitals", {"*": {"can_host": False}}), "central_plants")
    with pytest.raises(StudyError, match="4 of 4 areas"):
        build_network(study)


@pytest.mark.parametrize(("price", "refused"), [(0.0, True), (28_999.0, True), (29_000.0, False)])
def test_lost_patients_cheaper_than_treated_ones_are_refused(tiny: Study, price: float, refused: bool) -> None:
    """Making and shipping one patient costs up to 25,000 + 4,000 $ (the plant): a lost one may not cost less."""
    study = edited(tiny, "products", {"cart": {"lost_patient_price": price}})
    if refused:
        with pytest.raises(StudyError, match="set it to 29,000 or more"):
            build_network(study)
    else:
        build_network(study)


def test_capacity_of_options_from_the_queue(tiny: Study) -> None:
    """Without a table of its own the platform's 10 + 1 days give the queue's capacity at each number, 3 the most."""
    network = whole_network(without(edited(tiny, "platforms", {"unit": {"process_d": 12.0}}), "capacities"))
    units = network.options[network.options["site"] == 0]
    expected = {1: 13.9, 2: 39.5, 3: 66.3}
    for count, capacity in units[["platforms", "capacity"]].to_numpy():
        assert capacity == pytest.approx(expected[count], abs=0.051)


@pytest.mark.parametrize("seed", range(70, 76))
def test_dropping_dominated_options_keeps_the_optimum(tmp_path: Path, seed: int) -> None:
    """The pruned network has the optimum of the whole one."""
    study = write_study(tmp_path / "study", random_files(seed))
    whole, pruned = whole_network(study), build_network(study)
    costs = [solve(network, SolveOptions(gap=0.0, threads=1)).objective for network in (whole, pruned)]
    assert costs[0] == pytest.approx(costs[1], rel=1e-7)


def test_some_options_are_dominated(tiny: Study) -> None:
    """Franchise wins with 2 and 3 platforms; with 1 owned is cheaper but takes capex: 4 of 6 stay."""
    whole, pruned = whole_network(tiny), build_network(tiny)
    assert (whole.options["site"] < 3).sum() == 18
    kept = pruned.options[pruned.options["site"] == 0]
    modes = pruned.configurations["mode"].to_numpy()[kept["configuration"]]
    assert set(zip(modes, kept["platforms"], strict=True)) == {
        ("owned", 1), ("franchise", 1), ("franchise", 2), ("franchise", 3),
    }  # fmt: skip


def test_miles_and_kilometres_give_the_same_plan(tmp_path: Path) -> None:
    """The same study in miles, with distances and rates by distance changed, has the same cost and units (V7)."""
    metric = write_study(tmp_path / "study", random_files(80))
    travel, courier = metric.config.travel, metric.config.courier
    imperial = metric.replace(
        {
            "study.distance_unit": "mi",
            "travel.max_distance": travel.max_distance / KM_PER_MILE,
            "travel.cost_per_distance": travel.cost_per_distance * KM_PER_MILE,
            "courier.max_distance": courier.max_distance / KM_PER_MILE,
            "courier.cost_per_distance": courier.cost_per_distance * KM_PER_MILE,
        }
    )
    one, other = solved(metric), solved(imperial)
    assert one.objective == pytest.approx(other.objective, rel=1e-9)
    assert frame_of(one).equals(frame_of(other))
    assert one.kpis["distance_km_mean"] == pytest.approx(other.kpis["distance_mi_mean"] * KM_PER_MILE)


def test_products_go_only_to_platforms_that_make_them(tmp_path: Path) -> None:
    """A second product that no platform makes is made in the plant only, and the oracle agrees on the cost."""
    files = random_files(81)
    files["products.csv"] += "two,50,0.2,450000\n"
    files["platforms.csv"] = (
        files["platforms.csv"].replace("first_start_success", "first_start_success,products", 1).rstrip() + ",one\n"
    )
    study = write_study(tmp_path / "study", files)
    network = whole_network(study)
    central = network.sites["is_central"].to_numpy()[network.makings["site"]]
    assert (network.makings["product"][~central] == 0).all()
    assert set(network.makings["product"][central]) == {0, 1}
    assert solved(study).objective == pytest.approx(Oracle(network).best(), rel=1e-6)


def test_prices_of_trips_scale_with_products(tiny: Study) -> None:
    """Every product gets every trip, so rows = pairs x products."""
    products = tiny.tables["products"]
    twice = replace(tiny, tables={**tiny.tables, "products": products.loc[[0, 0]].reset_index(drop=True)})
    trips = build_network(tiny).trips[["area", "hospital", "km", "minutes"]]
    assert len(price_trips(trips, twice)) == 2 * len(trips)
