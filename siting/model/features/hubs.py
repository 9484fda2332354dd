"""Hubs: a unit that a hub rule names opens only as a spoke of an open hub that has room for it.

(20a)  sum_{o of j that need a hub of K} option[o,t] <= sum_{k in K} attached[k,j,t]
(20b)  attached[k,j,t] <= opens[hub(k),t]
(20c)  sum_j attached[k,j,t] <= span[k]

``attached`` may stay continuous: with units and hubs given, (20) is a transport problem with whole numbers on its right
side, so it has a whole solution wherever it has any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyomo.environ as pyo

from siting.errors import Problem
from siting.model.limits import Limit, add_limit, linear
from siting.model.rows import members

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.model.solution import Solution
    from siting.network.network import Network


def attachments(network: Network, chosen: NDArray[np.int64]) -> tuple[dict[int, int], list[int]]:
    """Attach as many spokes as possible to the hubs of a design.

    Parameters
    ----------
    network : Network
        Its law names hubs and spokes.
    chosen : ndarray of int, shape (sites,)
        Option that each site runs in a period; -1 for none.

    Returns
    -------
    dict
        Site of each spoke: the rule whose hub it belongs to.
    list of int
        Sites that need a hub and are left without.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import maximum_bipartite_matching

    hubs = network.law.hubs
    runs = np.append(network.options["configuration"].to_numpy(), -1)[chosen]
    needed = hubs[runs[hubs["site"]] == hubs["configuration"]]
    spokes, row = np.unique(needed["site"], return_inverse=True)
    ways = needed.assign(row=row)[(chosen >= 0)[needed["hub"]]]
    span = network.law.rules["span"].to_numpy(int)
    places = np.repeat(np.unique(ways["rule"]), np.minimum(span[np.unique(ways["rule"])], len(spokes)))
    if not len(places):
        return {}, spokes.tolist()
    fits = np.zeros((len(spokes), len(places)), dtype=np.int8)
    for spoke, rule in zip(ways["row"], ways["rule"], strict=True):
        fits[spoke, places == rule] = 1
    place = maximum_bipartite_matching(csr_matrix(fits), perm_type="column")
    attached = {int(spokes[k]): int(places[at]) for k, at in enumerate(place) if at >= 0}
    return attached, spokes[place < 0].tolist()


class Hubs:
    """Rules of kind hub."""

    name = "hubs and spokes"

    def supports(self, network: Network) -> bool:
        """Say whether any unit needs a hub."""
        return len(network.law.hubs) > 0

    def extend(self, model: pyo.ConcreteModel, network: Network) -> None:
        """Add (20a) to (20c)."""
        hubs = network.law.hubs
        hub_of = hubs.drop_duplicates("rule").set_index("rule")["hub"]
        pairs = [(int(rule), int(site)) for rule, site in hubs[["rule", "site"]].drop_duplicates().to_numpy()]
        model.attached = pyo.Var(pairs, model.PERIODS, within=pyo.UnitInterval)
        model.c20_needs, model.c20_open = pyo.ConstraintList(), pyo.ConstraintList()
        for (site, rules), options in _groups(network).items():
            for t in model.PERIODS:
                terms = [*(model.option[o, t] for o in options), *(model.attached[rule, site, t] for rule in rules)]
                model.c20_needs.add((None, linear([*[1.0] * len(options), *[-1.0] * len(rules)], terms), 0.0))
        for (rule, site), t in ((pair, t) for pair in pairs for t in model.PERIODS):
            terms = [model.attached[rule, site, t], model.opens[int(hub_of[rule]), t]]
            model.c20_open.add((None, linear([1.0, -1.0], terms), 0.0))
        self._spans(model, network, pairs)

    def _spans(self, model: pyo.ConcreteModel, network: Network, pairs: list[tuple[int, int]]) -> None:
        last = len(network.periods) - 1
        for rule in sorted({rule for rule, _ in pairs}):
            sites = [site for its, site in pairs if its == rule]
            for t in model.PERIODS:
                when = "" if t == last else f" in {network.ids.periods[t]}"
                name = f"rules.{network.law.rules['id'].iloc[rule]}.span{when}"
                body = linear([1.0] * len(sites), [model.attached[rule, site, t] for site in sites])
                span = int(network.law.rules["span"].iloc[rule])
                add_limit(model, Limit(name, body, False, span, "spokes", is_whole=True))

    def check(self, network: Network, solution: Solution) -> list[Problem]:
        """Attach the spokes of every period again, by a matching."""
        alone = {site for chosen in solution.open_options for site in attachments(network, chosen)[1]}
        if not alone:
            return []
        rules = network.law.hubs.loc[network.law.hubs["site"].isin(alone), "rule"].to_numpy()
        what = f"units have no open hub with room for them by {', '.join(network.law.names(rules))}"
        return [Problem("rules", what, rows=tuple(network.ids.sites[site] for site in sorted(alone)))]


def _groups(network: Network) -> dict[tuple[int, tuple[int, ...]], list[int]]:
    """Return the options that need a hub, by site and by the rules whose hubs may have them."""
    rules = network.law.hubs.groupby(["site", "configuration"])["rule"].agg(lambda rows: tuple(sorted(rows)))
    groups: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for (site, configuration), options in members(network.options[["site", "configuration"]]).items():
        if (site, configuration) in rules.index:
            groups.setdefault((int(site), rules[site, configuration]), []).extend(options.tolist())
    return groups
