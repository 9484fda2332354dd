"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { areas, places, units, trips, lanes, measures } = data;
  const INK = "#16212b";
  const CANDIDATE = "#8a929a";
  const LANE = "#2b3640";
  const TRIP = "#6a51a3";
  const LABEL_HEIGHT = 16;
  const LETTER_WIDTH = 7.5;
  const MANY = 400; // more candidates than this would hide the units at first sight

  // ---- text: every word of the study goes through textContent, never through HTML ----
  const number = (value, digits = 0) =>
    value === null ? "unknown" : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const amount = (value) => number(value, value !== null && Math.abs(value) < 10 ? 1 : 0);
  const percent = (value) => (value === null ? "unknown" : number(100 * value, 0) + " %");
  const distance = (value) => number(value) + " " + data.distance_unit;
  const node = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const tip = (title, lead, rows) => {
    const box = node("div", undefined, "tip");
    box.append(node("b", title));
    if (lead) box.append(node("p", lead));
    const table = document.createElement("table");
    for (const [label, value] of rows) {
      const row = table.insertRow();
      row.append(node("th", label), node("td", value));
    }
    box.append(table);
    return box;
  };
  const address = (i) => [places.city[i], places.region[i]].filter(Boolean).join(", ");

  // ---- map and panes: only the bottom canvas and the SVG of points hear the mouse ----
  const map = L.map("map", { zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5, maxZoom: 13,
    minZoom: 2, wheelPxPerZoomLevel: 120 });
  const pane = (name, level, hears) => {
    const element = map.createPane(name);
    element.style.zIndex = level;
    if (!hears) element.style.pointerEvents = "none";
    return name;
  };
  pane("areas", 400, true);
  pane("borders", 410, false);
  pane("flows", 420, false);
  pane("points", 440, true);
  pane("names", 640, false);
  const canvas = (name) => L.canvas({ pane: name, padding: 0.3 });
  const areaCanvas = canvas("areas");
  const borderCanvas = canvas("borders");
  const flowCanvas = canvas("flows");
  const pointSvg = L.svg({ pane: "points", padding: 0.3 });
  const goHome = () => map.fitBounds(data.home, { paddingTopLeft: [24, 24],
    paddingBottomRight: [24, 24], animate: false });
  L.control.zoom({ position: "topleft" }).addTo(map);
  const home = node("button", "⌂");
  home.type = "button";
  home.title = "Show the whole study";
  home.setAttribute("aria-label", home.title);
  home.addEventListener("click", goHome);
  document.querySelector(".leaflet-control-zoom").append(home);
  L.control.scale({ metric: data.distance_unit === "km", imperial: data.distance_unit === "mi", position: "bottomleft" }).addTo(map);

  const unpack = (packed) => {
    const points = [];
    let x = 0;
    let y = 0;
    for (let i = 0; i < packed.length; i += 2) {
      x += packed[i];
      y += packed[i + 1];
      points.push([y / data.scale, x / data.scale]);
    }
    return points;
  };
  const at = (table, i) => [table.lat[i], table.lon[i]];

  // ---- areas ----
  let measure = measures[0];
  const valueOf = (i) => {
    if (measure.key !== "missed") return areas[measure.key][i];
    return areas.demand[i] > 0 ? 100 * (1 - areas.infused[i] / areas.demand[i]) : null;
  };
  const areaColour = (i) => {
    const value = valueOf(i);
    if (value === null || !measure.limits.length) return data.no_data;
    const level = measure.limits.findIndex((limit) => value < limit);
    return measure.colours[level < 0 ? measure.limits.length : level];
  };
  const areaTip = (i) => {
    const main = areas.main[i];
    const rows = [
      ["Population", number(areas.population[i])],
      ["Demand a year", amount(areas.demand[i]) + " patients"],
      ["Infused a year", amount(areas.infused[i])],
      ["Unserved", amount(areas.unmet[i])],
      ["Lost on the way", amount(areas.lost[i])],
    ];
    if (main !== null) {
      rows.push(["Mean trip", distance(areas.distance[i]) + ", " + number(areas.minutes[i]) + " min"]);
      rows.push(["Vein to vein", number(areas.vein_to_vein_d[i], 1) + " days"]);
      rows.push(["Main hospital", places.name[main]]);
    }
    return tip(areas.name[i], areas.region[i], rows);
  };
  const topDemand = Math.max(...areas.demand, 1e-9);
  const areaStyle = (i) => ({ fillColor: areaColour(i), fillOpacity: 1, color: "#fff", weight: 0.6 });
  const areaLayers = areas.name.map((_, i) => {
    const shape = areas.shape[i];
    const look = { ...areaStyle(i), renderer: areaCanvas, pane: "areas" };
    const layer = shape
      ? L.polygon(shape.map((polygon) => polygon.map(unpack)), { ...look, smoothFactor: 0.6 })
      : L.circleMarker(at(areas, i), { ...look, color: "#8fa3b3", radius: 2.5 + 7 * Math.sqrt(areas.demand[i] / topDemand) });
    layer.bindTooltip(() => areaTip(i), { sticky: true, opacity: 1 });
    layer.on("mouseover", () => {
      layer.setStyle({ color: INK, weight: 1.6 }).bringToFront();
      light(trips, (k) => trips.from[k] === i, "referred", areas);
    });
    layer.on("mouseout", () => {
      layer.setStyle(shape ? { color: "#fff", weight: 0.6 } : { color: "#8fa3b3", weight: 0.6 });
      lit.clearLayers();
    });
    return layer;
  });
  const borders = data.borders.map((line) =>
    L.polyline(unpack(line), { renderer: borderCanvas, pane: "borders", interactive: false, color: "#7c8b97", weight: 1, opacity: 0.8 }));

  // ---- flows ----
  const flowLines = (flows, starts, key, look) => {
    const top = Math.max(...flows[key], 1e-9);
    return flows.from.map((_, k) => L.polyline([at(starts, flows.from[k]), at(places, flows.to[k])], {
      renderer: flowCanvas, pane: "flows", interactive: false, weight: 0.5 + 3.5 * Math.sqrt(flows[key][k] / top), opacity: 0.45,
      dashArray: places.is_central[flows.to[k]] ? "3 6" : null, ...look }));
  };
  const lit = L.layerGroup();
  const light = (flows, wanted, key, starts) => {
    const top = Math.max(...flows[key], 1e-9);
    flows.from.forEach((_, k) => {
      if (!wanted(k)) return;
      L.polyline([at(starts, flows.from[k]), at(places, flows.to[k])], { renderer: flowCanvas, pane: "flows", interactive: false,
        color: flows === trips ? TRIP : INK, weight: 1 + 4 * Math.sqrt(flows[key][k] / top), opacity: 0.85 }).addTo(lit);
    });
  };

  // ---- hospitals and plants ----
  const listen = (layer, i, text, label, isFocusable) => {
    layer.bindTooltip(text, { opacity: 1, direction: "auto", offset: [12, 0] });
    layer.on("mouseover", () => {
      light(trips, (k) => trips.to[k] === i, "referred", areas);
      light(lanes, (k) => lanes.to[k] === i || lanes.from[k] === i, "patients", places);
    });
    layer.on("mouseout", () => lit.clearLayers());
    layer.on("add", () => {
      const element = layer.getElement();
      element.setAttribute("tabindex", isFocusable ? "0" : "-1");
      element.setAttribute("role", "img");
      element.setAttribute("aria-label", label);
    });
    return layer;
  };
  const placeTip = (i) => {
    const rows = [["Beds", number(places.beds[i])], ["Status", places.treats_today[i] ? "treats patients today" : places.status_in[i]]];
    if (places.treated[i] > 0) rows.push(["Treated a year", amount(places.treated[i])]);
    if (places.made_at[i] !== null) rows.push(["Cells made at", places.name[places.made_at[i]]]);
    return tip(places.name[i], address(i), rows);
  };
  const dot = (i, look) => L.circleMarker(at(places, i), { renderer: pointSvg, pane: "points", ...look });
  const centreLook = { radius: 3, color: "#fff", weight: 1, fillColor: "#111", fillOpacity: 1 };
  const all = places.name.map((_, i) => i);
  const candidateLayers = all.filter((i) => !places.is_open[i] && !places.treats_today[i] && !places.is_central[i]).map((i) =>
    listen(dot(i, { radius: 2.5, weight: 0.8, color: "#fff", fillColor: CANDIDATE, fillOpacity: 0.9 }), i, () => placeTip(i),
      "hospital " + places.name[i], false));
  // On top of a unit the centre's mark must not catch the mouse: the unit says more.
  const centreLayers = all.filter((i) => places.treats_today[i]).map((i) => places.is_open[i]
    ? dot(i, { ...centreLook, interactive: false })
    : listen(dot(i, centreLook), i, () => placeTip(i), "treatment centre " + places.name[i], true));

  const topStarts = Math.max(...units.starts_per_year, 1e-9);
  const largest = 20 * Math.min(1, Math.max(0.6, map.getSize().x / 800));
  const radius = (u) => 5 + (largest - 5) * Math.sqrt((units.starts_per_year[u] || 0) / topStarts);
  const colourOf = (u) => data.modes[units.mode[u]] || CANDIDATE;
  const unitTip = (u) => {
    const i = units.place[u];
    const rows = [["Mode", units.mode[u]]];
    if (!places.is_central[i]) rows.push(["Machines", units.platform[u] + " × " + number(units.platforms[u])]);
    rows.push(["Batches a year", amount(units.starts_per_year[u])]);
    if (units.capacity_starts_per_year[u] !== null) {
      rows.push(["Utilization", percent(units.utilization[u]) + " of " + amount(units.capacity_starts_per_year[u])]);
    }
    rows.push(["Infused from here", amount(units.patients_infused[u])]);
    if (!places.is_central[i]) {
      rows.push(["Treated here", amount(units.patients_treated_here[u])]);
      rows.push(["Treats today", places.treats_today[i] ? "yes" : units.is_new_centre[u] ? "no, becomes a centre" : "no"]);
    }
    rows.push(["Vein to vein", number(units.vein_to_vein_d[u], 1) + " days"]);
    rows.push(["Cost a year", data.money + "\u00a0" + number(units.cost_per_year[u])]);
    return tip(places.name[i], address(i), rows);
  };
  const unitLayer = (u) => {
    const i = units.place[u];
    const layer = places.is_central[i]
      ? L.marker(at(places, i), { pane: "points", icon: L.divIcon({ className: "", html: '<span class="plant"></span>', iconSize: [18, 18] }) })
      : dot(i, { radius: radius(u), color: "#fff", weight: 1.5, fillColor: colourOf(u), fillOpacity: 1 });
    if (places.is_central[i]) layer.on("add", () => { layer.getElement().firstChild.style.background = colourOf(u); });
    return listen(layer, i, () => unitTip(u), "unit " + places.name[i], true);
  };

  // ---- layers and their panel ----
  const groups = {
    areas: L.layerGroup(areaLayers), borders: L.layerGroup(borders), candidates: L.layerGroup(candidateLayers),
    trips: L.layerGroup(flowLines(trips, areas, "referred", { color: TRIP })),
    lanes: L.layerGroup(flowLines(lanes, places, "patients", { color: LANE })),
    units: L.layerGroup(), centres: L.layerGroup(centreLayers),
  };
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
  const isCentralMode = (mode) => units.mode.some((other, u) => other === mode && places.is_central[units.place[u]]);
  const unitLegend = () => [
    ...Object.entries(data.modes).filter(([mode]) => units.mode.includes(mode)).map(([mode, colour]) => legendRow(
      svg([isCentralMode(mode) ? ["rect", { x: 4, y: 3, width: 9, height: 9, fill: colour, transform: "rotate(45 9 8)" }] : circle(7, colour)]),
      isCentralMode(mode) ? mode + " plant" : mode)),
    legendRow(svg([circle(3, CANDIDATE, 4), circle(7, CANDIDATE, 18)], 27), "size: batches a year"),
  ];
  const rampLegend = () => {
    const box = node("div", undefined, "ramp");
    const limits = measure.limits;
    measure.colours.slice(0, limits.length + 1).forEach((colour, level) => {
      const step = node("span", level === limits.length ? "more" : "< " + number(limits[level], limits[level] % 1 ? 1 : 0));
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
    measures.forEach((one) => choice.append(new Option(one.label, one.key, false, one === measure)));
    const ramp = node("div", undefined, "ramp-box");
    const draw = () => ramp.replaceChildren(rampLegend());
    choice.addEventListener("change", () => {
      measure = measures.find((one) => one.key === choice.value);
      areaLayers.forEach((layer, i) => layer.setStyle({ fillColor: areaColour(i) }));
      draw();
    });
    draw();
    return [choice, ramp];
  };
  const lanesLegend = () => lanes.to.some((i) => places.is_central[i]) ? [legendRow(svg([line(LANE, "2 4")]), "to a central plant")] : [];
  const none = () => [];
  const rows = [
    ["units", "Units and central plants", () => shownUnits().length, true, null, unitLegend],
    ["centres", "Treatment centres today", () => centreLayers.length, true, circle(4, "#111"), none],
    ["candidates", "Other hospitals", () => candidateLayers.length, candidateLayers.length <= MANY, circle(4, CANDIDATE), none],
    ["lanes", "Cell lanes, hospital to unit", () => lanes.from.length, true, line(LANE), lanesLegend],
    ["trips", "Patient trips", () => trips.from.length, false, line(TRIP), none],
    ["areas", "Areas, coloured by", () => areaLayers.length, true, null, areaLegend],
  ];
  const panel = document.getElementById("layers");
  const shownUnits = () => units.place.map((_, u) => u).filter((u) => units.period[u] === period);
  let period = data.periods.length - 1;

  // Hospitals below units, the largest unit lowest, marks of today's centres on top, whatever was switched on last.
  const stack = () => {
    for (const key of ["units", "centres"]) {
      groups[key].eachLayer((layer) => { if (map.hasLayer(layer) && layer.bringToFront) layer.bringToFront(); });
    }
  };

  for (const [key, text, count, isOn, symbol, legend] of rows) {
    const label = node("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = isOn;
    box.name = key;
    const detail = node("div", undefined, "legend");
    detail.append(...legend());
    const show = () => {
      if (box.checked) groups[key].addTo(map);
      else groups[key].remove();
      detail.hidden = !box.checked;
      if (key === "units") placeNames();
      stack();
    };
    box.addEventListener("change", show);
    label.append(box, ...(symbol ? [svg([symbol])] : []), node("span", text), node("span", number(count()), "count"));
    panel.append(label, detail);
    rows[key] = { box, show };
  }

  // ---- names of units, as many as fit without covering one another ----
  const names = L.layerGroup().addTo(map);
  const placeNames = () => {
    names.clearLayers();
    if (!rows.units.box.checked) return;
    const shown = shownUnits();
    const taken = shown.map((u) => {
      const { x, y } = map.latLngToContainerPoint(at(places, units.place[u]));
      const r = 0.7 * radius(u);
      return { left: x - r, right: x + r, top: y - r, bottom: y + r };
    });
    for (const u of shown) {
      const i = units.place[u];
      const text = places.city[i] || places.name[i];
      const { x, y } = map.latLngToContainerPoint(at(places, i));
      const gap = radius(u) + 2;
      const width = LETTER_WIDTH * text.length;
      const top = y - LABEL_HEIGHT / 2;
      const bottom = y + LABEL_HEIGHT / 2;
      const sides = [
        { direction: "right", offset: [gap, 0], left: x + gap, right: x + gap + width, top, bottom },
        { direction: "left", offset: [-gap, 0], left: x - gap - width, right: x - gap, top, bottom },
      ];
      const free = sides.find((box) => box.left >= 0 && box.right <= map.getSize().x && !taken.some((one) =>
        box.left < one.right && box.right > one.left && box.top < one.bottom && box.bottom > one.top));
      if (!free) continue;
      taken.push(free);
      L.tooltip({ permanent: true, direction: free.direction, offset: free.offset, className: "place-label", pane: "names", interactive: false })
        .setLatLng(at(places, i)).setContent(node("span", text)).addTo(names);
    }
  };

  // ---- list of units, and the period it shows ----
  const list = document.getElementById("units");
  const drawUnits = () => {
    groups.units.clearLayers();
    list.replaceChildren();
    // Largest first, so that small units lie on top.
    for (const u of shownUnits()) {
      const i = units.place[u];
      const layer = unitLayer(u).addTo(groups.units);
      const button = node("button");
      button.type = "button";
      const mark = node("i");
      mark.style.background = colourOf(u);
      const machines = places.is_central[i] ? "" : " · " + units.platform[u] + " × " + number(units.platforms[u]);
      button.append(mark, node("span", places.name[i]), node("span", amount(units.starts_per_year[u]), "number"),
        node("small", [units.mode[u] + machines, address(i)].filter(Boolean).join(" · ")));
      button.addEventListener("click", () => {
        map.setView(at(places, i), Math.max(map.getZoom(), 8));
        if (map.hasLayer(layer)) layer.openTooltip();
      });
      const item = node("li");
      item.append(button);
      list.append(item);
    }
    stack();
    placeNames();
  };
  if (data.periods.length > 1) {
    const choice = document.createElement("select");
    choice.setAttribute("aria-label", "Period");
    data.periods.forEach((name, i) => choice.append(new Option(name, i, false, i === period)));
    choice.addEventListener("change", () => { period = Number(choice.value); drawUnits(); });
    document.getElementById("period").append(choice);
  }
  document.getElementById("cuts").textContent = data.cuts.join(" ");

  goHome();
  groups.borders.addTo(map);
  for (const [key] of rows) if (key !== "centres" && key !== "units") rows[key].show();
  rows.units.show();
  drawUnits();
  rows.centres.show();
  lit.addTo(map);
  map.on("moveend resize", placeNames);
  window.addEventListener("resize", () => map.invalidateSize());
})();
