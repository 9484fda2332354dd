"""An interactive page: move a slider, and Texas is planned again.

Run it with ``marimo run notebooks/what_if.py`` (``pip install -e ".[marimo]"``); it needs no network.
"""

import marimo

app = marimo.App(width="medium", app_title="What if? CAR-T units in Texas")


@app.cell
def _():
    import marimo as mo

    import siting

    return mo, siting


@app.cell
def _(mo):
    mo.md(
        """
        # What if?

        Where should Texas make CAR-T cells? Move a slider: the whole state (254 counties, 73 hospitals) is planned
        again within the seconds you give. Planning support only: most figures are assumptions of the study, and so are
        the machine (one kind, to be quick) and the list price from which a royalty is taken, 400,000 dollars a dose.
        """
    )
    return


@app.cell
def _(siting):
    study = siting.read_study(
        "texas",
        {
            "tables.platforms.where": "id == 'cocoon'",
            "products.list_price": 400_000,
            "solve.gap": 0.03,
        },
    )
    return (study,)


@app.cell
def _(mo):
    def slider(low, high, step, value, label):
        """Return a slider that speaks when it is let go."""
        return mo.ui.slider(low, high, step, value, debounce=True, show_value=True, label=label, full_width=True)

    sliders = mo.ui.dictionary(
        {
            "units": slider(1, 12, 1, 8, "Units at most"),
            "royalty": slider(0, 30, 1, 0, "Franchise royalty, % of the list price"),
            "radius": slider(0, 300, 25, 300, "Courier radius, miles"),
            "demand": slider(50, 200, 10, 100, "Demand, % of today's"),
            "seconds": slider(5, 60, 5, 10, "Seconds for the solver"),
        }
    )
    mo.vstack(sliders.elements.values())
    return (sliders,)


@app.cell
def _(mo, siting, sliders, study):
    now = sliders.value
    changes = {
        "limits.sites.max": now["units"],
        "modes.franchise.royalty_share": now["royalty"] / 100,
        "courier.max_distance": now["radius"],
        "demand.scale": now["demand"] / 100,
    }
    try:
        plan = siting.optimize(study.replace(changes), time_limit=now["seconds"])
        found = "unknown" if plan.gap is None else f"{plan.gap:.1%}"
        asked = f"{plan.options['gap']:.0%}"
        more = "" if plan.status == "optimal" else f" That is not the {asked} asked for: give the solver more seconds."
        said = mo.md(
            f"**Status: {plan.status}, gap {found}, units: {plan.kpis['units']}.** A plan may save the gap.{more}"
        )
    except siting.SitingError as error:
        plan, said = None, mo.callout(mo.plain_text(str(error)), kind="warn")
    mo.output.replace(said)
    return (plan,)


@app.cell
def _(mo, plan):
    mo.stop(plan is None)
    figures = plan.kpis
    modes = ", ".join(f"{number} {mode}" for mode, number in figures["units_by_mode"].items() if number)
    mo.hstack(
        [
            mo.stat(f"{figures['units']}", label="units", caption=modes),
            mo.stat(f"{figures['cost_per_year'] / 1e6:.1f} M$", label="cost a year", caption="lost patients priced"),
            mo.stat(f"{figures['cost_per_infused'] / 1e3:,.0f} k$", label="cost of an infused dose"),
            mo.stat(f"{figures['patients_infused']:,.0f}", label="patients infused a year"),
            mo.stat(f"{figures['minutes_mean']:.0f} min", label="mean trip"),
            mo.stat(f"{figures['vein_to_vein_d_mean']:.1f} d", label="vein to vein"),
        ],
        wrap=True,
    )
    return


@app.cell
def _(mo, plan):
    mo.stop(plan is None)
    columns = ["name", "city", "mode", "platform", "platforms", "starts_per_year", "utilization"]
    mo.ui.table(plan.openings[columns].round(2), selection=None, show_download=False, label="Openings")
    return


@app.cell
def _(mo, plan, siting):
    mo.stop(plan is None)
    mo.Html(siting.explore(plan)._repr_html_())
    return


if __name__ == "__main__":
    app.run()
