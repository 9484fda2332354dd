"""Layouts of capacitated facility location collections other than OR-Library's."""

from __future__ import annotations

from siting.bench.instance import BenchOptions, Instance
from siting.bench.source import Numbers, Source

SURPLUS = 17
"""Numbers that may follow the cost matrix of Holmberg's layout: instance p47 carries 17 in every public copy."""


def read_holmberg(source: Source, options: BenchOptions) -> Instance:
    """Read ``m n``; m pairs ``capacity fixed``; n demands; m rows of n costs of the whole demand.

    The layout of Holmberg, Ronnqvist and Yuan (1999), of Yang, Chu and Chen (2012) and of Gadegaard's TB4.
    """
    numbers = Numbers(source)
    n_facilities, n_customers = numbers.count("the number of facilities"), numbers.count("the number of customers")
    pairs = numbers.take(2 * n_facilities, "capacity and fixed cost of the facilities").reshape(n_facilities, 2)
    demand = numbers.take(n_customers, "the demands")
    cost = numbers.take(n_facilities * n_customers, "the cost matrix").reshape(n_facilities, n_customers).T
    numbers.end(SURPLUS)
    return Instance(source.name, cost, demand, pairs[:, 0], pairs[:, 1], options.p, options.single_source)


def read_delmaire(source: Source, options: BenchOptions) -> Instance:
    """Read ``n m``; n rows of m costs of the whole demand; n demands; m fixed costs; m capacities.

    The layout of the instances of Delmaire, Diaz, Fernandez and Ortega (1999).
    """
    numbers = Numbers(source)
    n_customers, n_facilities = numbers.count("the number of customers"), numbers.count("the number of facilities")
    cost = numbers.take(n_customers * n_facilities, "the cost matrix").reshape(n_customers, n_facilities)
    demand = numbers.take(n_customers, "the demands")
    fixed_cost = numbers.take(n_facilities, "the fixed costs")
    capacity = numbers.take(n_facilities, "the capacities")
    numbers.end()
    return Instance(source.name, cost, demand, capacity, fixed_cost, options.p, options.single_source)


def read_tbed1(source: Source, options: BenchOptions) -> Instance:
    """Read ``m n``; n demands; m capacities; m fixed costs; m rows of n costs of one unit of demand.

    Test bed 1 of Avella and Boccia (2009), Computational Optimization and Applications 43, 39-65.
    """
    numbers = Numbers(source)
    n_facilities, n_customers = numbers.count("the number of facilities"), numbers.count("the number of customers")
    demand = numbers.take(n_customers, "the demands")
    capacity = numbers.take(n_facilities, "the capacities")
    fixed_cost = numbers.take(n_facilities, "the fixed costs")
    unit_cost = numbers.take(n_facilities * n_customers, "the cost matrix").reshape(n_facilities, n_customers).T
    numbers.end()
    return Instance(
        source.name, unit_cost * demand[:, None], demand, capacity, fixed_cost, options.p, options.single_source
    )
