// Units as SVG, which keyboard and screen reader reach; hospitals as dots, which the search reaches.
const units = () => state.view.units;
const sizeOf = (u) => units().starts_per_year[u] ?? units().patients_made[u] ?? 0;
const topSize = Math.max(1e-9, ...Object.values(data.views).flatMap((view) =>
  view.units.place.map((i, u) => (places.is_central[i] ? 0 : view.units.starts_per_year[u] ?? view.units.patients_made[u] ?? 0))));
const largest = 20 * Math.min(1, Math.max(0.6, map.getSize().x / 800));
const radius = (u) => (places.is_central[units().place[u]] ? 9 : 5 + (largest - 5) * Math.min(1, Math.sqrt(sizeOf(u) / topSize)));
const colourOf = (u) => data.modes[units().mode[u]] || CANDIDATE;
// Outline of a unit by platform, in the order in which platforms first appear.
const RINGS = [{ color: "#fff", dashArray: null }, { color: INK, dashArray: null }, { color: INK, dashArray: "4 3" }, { color: INK, dashArray: "1 3" }];
const platforms = [...new Set(Object.values(data.views).flatMap((view) => view.units.platform.filter((name, u) => name && !places.is_central[view.units.place[u]])))];
const ringOf = (platform) => RINGS[Math.max(0, platforms.indexOf(platform)) % RINGS.length];
const isHosted = (u) => !places.is_central[units().place[u]];
const kindOf = (u) => units().mode[u] + (isHosted(u) && units().platform[u] ? " · " + units().platform[u] : "");
const periodUnits = () => units().place.map((_, u) => u).filter((u) => units().period[u] === state.period);
const shownUnits = () => periodUnits().filter((u) => !state.hiddenKinds.has(kindOf(u)));
let unitByPlace = new Map();
const indexUnits = () => { unitByPlace = new Map(periodUnits().map((u) => [units().place[u], u])); };
const unitOf = (i) => unitByPlace.get(i);
const placeRadius = (i) => {
  const u = unitOf(i);
  return u === undefined ? 4 : radius(u);
};

const CLASS_WORDS = { core: "core: in every near-optimal plan", swing: "swing: in some near-optimal plans", never: "never: in no near-optimal plan" };
const classWords = (i) => CLASS_WORDS[places.class[i]] + (places.is_proven[i] ? " (proven)" : " (not proven)");
const placeTip = (i) => {
  const u = unitOf(i);
  if (u !== undefined) return unitTip(u);
  const { treated, made_at: madeAt } = state.view.places;
  const rows = [["Beds", number(places.beds[i])], ["Status", places.treats_today[i] ? "treats patients today" : places.status_in[i]]];
  if (treated[i] > 0) rows.push(["Treated a year", amount(treated[i])]);
  if (madeAt[i] !== null) rows.push(["Cells made at", places.name[madeAt[i]]]);
  if (places.class && places.class[i]) rows.push(["Alternatives", classWords(i)]);
  return tip(places.name[i], address(i), rows);
};
const unitTip = (u) => {
  const own = units();
  const i = own.place[u];
  const rows = [["Mode", own.mode[u]]];
  if (isHosted(u) && own.platform[u]) rows.push(["Machines", own.platform[u] + " × " + number(own.platforms[u])]);
  if (own.starts_per_year[u] !== null) rows.push(["Batches a year", amount(own.starts_per_year[u])]);
  else rows.push(["Made a year", amount(own.patients_made[u])]);
  if (own.capacity_starts_per_year[u] !== null) {
    rows.push(["Utilization", percent(own.utilization[u]) + " of " + amount(own.capacity_starts_per_year[u])]);
  }
  rows.push(["Infused from here", amount(own.patients_infused[u])]);
  if (isHosted(u)) {
    rows.push(["Treated here", amount(own.patients_treated_here[u])]);
    rows.push(["Treats today", places.treats_today[i] ? "yes" : own.is_new_centre[u] ? "no, becomes a centre" : "no"]);
  }
  rows.push(["Vein to vein", number(own.vein_to_vein_d[u], 1) + " days"]);
  if (own.cost_per_year[u] !== null) rows.push(["Cost a year", data.money + "\u00a0" + number(own.cost_per_year[u])]);
  if (places.class && places.class[i]) rows.push(["Alternatives", classWords(i)]);
  return tip(places.name[i], address(i), rows);
};

// ---- dots ----
const everyPlace = places.name.map((_, i) => i);
const groups = {
  candidates: { look: { radius: 2.5, colour: CANDIDATE }, members: everyPlace.filter((i) => !places.is_central[i] && !places.treats_today[i] && !(places.class && places.class[i])) },
  centres: { look: { radius: 3, colour: "#111" }, members: everyPlace.filter((i) => places.treats_today[i]) },
};
for (const [name, colour] of Object.entries(data.classes)) {
  groups[name] = { look: { radius: 4, colour }, members: everyPlace.filter((i) => places.class[i] === name) };
}
const dots = (ctx, px, seen, names) => {
  for (const name of names.filter((one) => groups[one] && state.shown[one])) {
    const { look, members } = groups[name];
    ctx.beginPath();
    for (const i of members) {
      if (placePoints.x[i] < seen.left || placePoints.x[i] > seen.right || placePoints.y[i] < seen.top || placePoints.y[i] > seen.bottom) continue;
      const isUnder = name !== "centres" && state.shown.units && unitOf(i) !== undefined;
      if (isUnder && name === "candidates") continue;
      const r = (isUnder ? placeRadius(i) + 4 : look.radius) * px;
      ctx.moveTo(placePoints.x[i] + r, placePoints.y[i]);
      ctx.arc(placePoints.x[i], placePoints.y[i], r, 0, 7);
    }
    ctx.fillStyle = look.colour;
    ctx.strokeStyle = "#fff";
    ctx.lineWidth = px;
    ctx.fill();
    ctx.stroke();
  }
};
const dotLayer = new Painted("dots", (ctx, px, seen) => dots(ctx, px, seen, ["candidates", "never", "swing", "core"]));
const markLayer = new Painted("marks", (ctx, px, seen) => dots(ctx, px, seen, ["centres"]));
const dotAt = (latlng, reach) => {
  const { x, y } = worldOf(latlng);
  const near = reach * 2 ** -map.getZoom();
  let best = null;
  let least = near;
  for (const name of Object.keys(groups).filter((one) => state.shown[one])) {
    for (const i of groups[name].members) {
      const away = Math.hypot(placePoints.x[i] - x, placePoints.y[i] - y);
      if (away < least) [best, least] = [i, away];
    }
  }
  return best;
};

// ---- pointing, focusing, choosing ----
const showFocus = () => {
  const focus = state.hover || state.chosen;
  litLayer.repaint();
  const isPlace = Boolean(focus && focus.place !== undefined);
  map.getContainer().classList.toggle("focused", isPlace);
  if (isPlace) {
    const parts = partsOf(focus);
    const kept = new Set([focus.place, ...parts.lanes.flatMap((k) => [state.view.lanes.from[k], state.view.lanes.to[k]])]);
    unitLayers.eachLayer((layer) => layer.getElement().classList.toggle("lit", kept.has(layer.place)));
  }
};
const emptierSide = (focus) => {
  const west = partsOf(focus).trips.map((k) => areaPoints.x[state.view.trips.from[k]] < placePoints.x[focus.place]);
  return 2 * west.filter(Boolean).length > west.length ? "right" : "left";
};
const tell = (focus, latlng) => {
  if (!focus) hush();
  else if (focus.area !== undefined) say(areaTip(focus.area), latlng, 14, "right");
  else say(placeTip(focus.place), at(places, focus.place), placeRadius(focus.place) + 10, emptierSide(focus));
};
const point = (focus, latlng) => {
  const same = JSON.stringify(focus) === JSON.stringify(state.hover);
  state.hover = focus;
  tell(focus, latlng);
  if (!same) showFocus();
};
const choose = (focus) => {
  state.chosen = focus;
  state.hover = null;
  tell(focus, focus && focus.area !== undefined ? at(areas, focus.area) : null);
  showFocus();
};
const unitLayers = L.layerGroup();
const unitSvg = L.svg({ pane: "units", padding: 0.3 });
const unitLabel = (u) => {
  const i = units().place[u];
  return ["unit " + places.name[i], kindOf(u), amount(sizeOf(u)) + " a year"].join(", ");
};
const unitLayer = (u) => {
  const i = units().place[u];
  const layer = places.is_central[i]
    ? L.marker(at(places, i), { pane: "units", icon: L.divIcon({ className: "", html: '<span class="plant"></span>', iconSize: [26, 26] }) })
    : L.circleMarker(at(places, i), { renderer: unitSvg, pane: "units", radius: radius(u), weight: 1.5, fillColor: colourOf(u),
      fillOpacity: 1, bubblingMouseEvents: false, ...ringOf(units().platform[u]) });
  layer.place = i;
  layer.on("mouseover", () => point({ place: i }));
  layer.on("mouseout", () => point(null));
  layer.on("click", () => choose({ place: i }));
  layer.on("add", () => {
    const element = layer.getElement();
    if (places.is_central[i]) element.firstChild.style.background = colourOf(u);
    element.classList.add("unit");
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", unitLabel(u));
    element.addEventListener("focus", () => { if (element.matches(":focus-visible")) point({ place: i }); });
    element.addEventListener("blur", () => point(null));
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose({ place: i });
    });
  });
  return layer;
};
const drawUnits = () => {
  unitLayers.clearLayers();
  if (!state.shown.units) return;
  // Largest first, so that small units lie on top.
  for (const u of shownUnits()) unitLayer(u).addTo(unitLayers);
};
const isOnUnit = (event) => event.originalEvent.target.closest && event.originalEvent.target.closest(".unit");
map.on("mousemove", (event) => {
  if (isOnUnit(event)) return;
  const place = dotAt(event.latlng, 6);
  const area = place === null ? areaAt(event.latlng) : null;
  if (place !== null) point({ place });
  else if (area !== null) point({ area }, event.latlng);
  else if (state.hover) point(null);
});
map.on("mouseout", () => { if (state.hover) point(null); });
map.on("click", (event) => {
  // A finger needs more room than a mouse: the nearest unit or dot within 22 pixels is meant.
  const near = (i) => map.latLngToContainerPoint(at(places, i)).distanceTo(event.containerPoint) - placeRadius(i);
  const unit = state.shown.units ? shownUnits().map((u) => units().place[u]).filter((i) => near(i) < 16).sort((a, b) => near(a) - near(b))[0] : undefined;
  const place = unit ?? dotAt(event.latlng, 16);
  const area = place === null ? areaAt(event.latlng) : null;
  choose(place !== null ? { place } : area !== null && !state.chosen ? { area } : null);
});
