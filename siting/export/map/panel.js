// The panel: layers with their legends, figures before and after, the list of units.
const MANY = 400; // more candidates than this would hide the units at first sight
const svg = (content, width = 18) => {
  const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  box.setAttribute("width", width);
  box.setAttribute("height", 16);
  box.setAttribute("aria-hidden", "true");
  for (const [tag, attributes] of content) {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.entries(attributes).forEach(([key, value]) => shape.setAttribute(key, value));
    box.append(shape);
  }
  return box;
};
const circle = (r, fill, x = 9) => ["circle", { cx: x, cy: 8, r, fill, stroke: "#fff" }];
const line = (stroke, dash) => ["line", { x1: 1, y1: 8, x2: 17, y2: 8, stroke, "stroke-width": 2.5, "stroke-dasharray": dash || "none" }];
const legendRow = (symbol, text) => {
  const row = node("div");
  row.append(symbol, node("span", text));
  return row;
};
const checkbox = (isOn, name, symbol, text, count, change) => {
  const label = node("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = isOn;
  box.name = name;
  box.addEventListener("change", () => change(box.checked));
  label.append(box, ...(symbol ? [svg([symbol])] : []), node("span", text), node("span", number(count), "count"));
  return label;
};

// ---- legends ----
const unitSymbol = (u) => {
  const colour = colourOf(u);
  if (places.is_central[units().place[u]]) return ["rect", { x: 4, y: 3, width: 9, height: 9, fill: colour, transform: "rotate(45 9 8)" }];
  const ring = ringOf(units().platform[u]);
  return ["circle", { cx: 9, cy: 8, r: 6, fill: colour, stroke: ring.color, "stroke-width": 1.5, "stroke-dasharray": ring.dashArray ? "3 2" : "none" }];
};
const unitLegend = () => {
  const kinds = new Map();
  for (const u of periodUnits()) kinds.set(kindOf(u), [...(kinds.get(kindOf(u)) || []), u]);
  const rows = [...kinds].map(([kind, members]) => checkbox(!state.hiddenKinds.has(kind), "kind", unitSymbol(members[0]),
    kind + (places.is_central[units().place[members[0]]] ? " plant" : ""), members.length, (isOn) => {
      if (isOn) state.hiddenKinds.delete(kind);
      else state.hiddenKinds.add(kind);
      redraw("units");
    }));
  return [...rows, legendRow(svg([circle(3, CANDIDATE, 4), circle(7, CANDIDATE, 18)], 27), "size of units: batches a year")];
};
const rampLegend = () => {
  const box = node("div", undefined, "ramp");
  const { limits, colours } = state.measure;
  colours.slice(0, limits.length + 1).forEach((colour, level) => {
    const step = node("span", !limits.length ? "0" : level === limits.length ? "more" : "< " + number(limits[level], limits[level] % 1 ? 1 : 0));
    step.style.setProperty("--c", colour);
    box.append(step);
  });
  if (areas.name.some((_, i) => valueOf(i) === null)) {
    const step = node("span", "no data");
    step.style.setProperty("--c", data.no_data);
    box.append(step);
  }
  return box;
};
const areaLegend = () => {
  const choice = document.createElement("select");
  choice.setAttribute("aria-label", "Colour areas by");
  data.measures.forEach((one) => choice.append(new Option(one.label, one.key, false, one === state.measure)));
  const ramp = node("div", undefined, "ramp-box");
  const draw = () => ramp.replaceChildren(rampLegend());
  choice.addEventListener("change", () => {
    state.measure = data.measures.find((one) => one.key === choice.value);
    areaLayer.repaint();
    draw();
  });
  draw();
  return [choice, ramp];
};
const lanesLegend = () => state.view.lanes.toCentral.some(Boolean) ? [legendRow(svg([line(LANE, "2 4")]), "to a central plant")] : [];
const none = () => [];

// ---- layers ----
const classRows = Object.keys(data.classes).map((name) => {
  const members = groups[name].members;
  const open = members.filter((i) => !places.is_proven[i]).length;
  const text = CLASS_WORDS[name][0].toUpperCase() + CLASS_WORDS[name].slice(1) + (open ? ` (${open} not proven)` : " (proven)");
  return [name, text, () => members.length, name !== "never" || members.length <= MANY, circle(5, data.classes[name]), none];
});
const layerRows = [
  ["units", "Units and central plants", () => periodUnits().length, true, null, unitLegend],
  ["centres", "Treatment centres today", () => groups.centres.members.length, true, circle(4, "#111"), none],
  ...classRows,
  ["candidates", "Other hospitals", () => groups.candidates.members.length, groups.candidates.members.length <= MANY, circle(4, CANDIDATE), none],
  ["lanes", "Cell lanes, hospital to unit", () => state.view.lanes.from.length, true, line(LANE), lanesLegend],
  ["trips", "Patient trips", () => state.view.trips.from.length, false, line(TRIP), none],
  ["areas", "Areas, coloured by", () => areas.name.length, true, null, areaLegend],
].filter(([key, , count]) => count() > 0 || !["candidates", "centres"].includes(key));
layerRows.forEach(([key, , , isOn]) => { state.shown[key] = isOn; });
const repaint = () => [areaLayer, flowLayer, dotLayer, litLayer, markLayer].forEach((layer) => layer.repaint());
const painters = { areas: areaLayer, trips: flowLayer, lanes: flowLayer, centres: markLayer };
const redraw = (key) => {
  if (key === "units") {
    drawUnits();
    placeNames();
  }
  (painters[key] || dotLayer).repaint();
};
const drawLayers = () => {
  const panel = document.getElementById("layers");
  const focused = panel.contains(document.activeElement) ? document.activeElement.name : "";
  panel.replaceChildren();
  for (const [key, text, count, , symbol, legend] of layerRows) {
    const detail = node("div", undefined, "legend");
    detail.append(...legend());
    detail.hidden = !state.shown[key];
    panel.append(checkbox(state.shown[key], key, symbol, text, count(), (isOn) => {
      state.shown[key] = isOn;
      detail.hidden = !isOn;
      redraw(key);
    }), detail);
  }
  if (focused) panel.querySelector(`[name=${focused}]`).focus();
};

// ---- names of units, as many as fit without covering one another ----
const LABEL_HEIGHT = 16;
const pen = document.createElement("canvas").getContext("2d");
pen.font = "600 12px " + getComputedStyle(document.body).fontFamily;
const names = L.layerGroup();
const placeNames = () => {
  names.clearLayers();
  if (!state.shown.units) return;
  const shown = shownUnits();
  const size = map.getSize();
  const taken = shown.map((u) => {
    const { x, y } = map.latLngToContainerPoint(at(places, units().place[u]));
    const r = 0.7 * radius(u);
    return { left: x - r, right: x + r, top: y - r, bottom: y + r };
  });
  for (const u of shown) {
    const i = units().place[u];
    const text = places.city[i] || places.name[i];
    const { x, y } = map.latLngToContainerPoint(at(places, i));
    if (y < 0 || y > size.y) continue;
    const gap = radius(u) + 2;
    const width = pen.measureText(text).width + 4;
    const [top, bottom] = [y - LABEL_HEIGHT / 2, y + LABEL_HEIGHT / 2];
    const sides = [
      { direction: "right", offset: [gap, 0], left: x + gap, right: x + gap + width, top, bottom },
      { direction: "left", offset: [-gap, 0], left: x - gap - width, right: x - gap, top, bottom },
    ];
    const free = sides.find((box) => box.left >= 0 && box.right <= size.x && !taken.some((one) =>
      box.left < one.right && box.right > one.left && box.top < one.bottom && box.bottom > one.top));
    if (!free) continue;
    taken.push(free);
    L.tooltip({ permanent: true, direction: free.direction, offset: free.offset, className: "place-label", pane: "names", interactive: false })
      .setLatLng(at(places, i)).setContent(node("span", text)).addTo(names);
  }
};

// ---- list of units ----
const drawList = () => {
  const list = document.getElementById("units");
  document.getElementById("units-name").textContent = state.key === "before" ? "Who makes cells before" : "Units";
  list.replaceChildren();
  for (const u of periodUnits()) {
    const i = units().place[u];
    const button = node("button");
    button.type = "button";
    const mark = node("i");
    mark.style.background = colourOf(u);
    const machines = isHosted(u) && units().platforms[u] ? " × " + number(units().platforms[u]) : "";
    button.append(mark, node("span", places.name[i]), node("span", amount(sizeOf(u)), "number"),
      node("small", [kindOf(u) + machines, address(i)].filter(Boolean).join(" · ")));
    button.addEventListener("click", () => visit({ place: i }));
    const item = node("li");
    item.append(button);
    list.append(item);
  }
};
// Go to a place with all that its patients and cells come from, or to an area.
const visit = (focus) => {
  openSheet(false);
  const { trips, lanes } = state.view;
  const ends = partsOf(focus);
  const own = focus.area !== undefined ? [at(areas, focus.area)] : [at(places, focus.place),
    ...(lanes.rowsTo.get(focus.place) || []).map((k) => at(places, lanes.from[k]))];
  const around = L.latLngBounds([...own, ...ends.trips.flatMap((k) => [at(areas, trips.from[k]), at(places, trips.to[k])])]);
  map.fitBounds(around, { maxZoom: 8.5, animate: false, paddingTopLeft: [40, 130], paddingBottomRight: [40, 100] });
  choose(focus);
};
const switchView = (key) => {
  state.key = key;
  state.view = data.views[key];
  choose(null);
  state.hiddenKinds.clear();
  indexUnits();
  document.querySelectorAll("#switch button").forEach((button) => button.setAttribute("aria-pressed", String(button.value === key)));
  document.body.dataset.view = key;
  drawLayers();
  drawList();
  drawUnits();
  placeNames();
  repaint();
  announce(key === "before" ? data.views.before.note : "After: the plan.");
};
