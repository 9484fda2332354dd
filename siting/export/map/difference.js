"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { areas, measures, colours } = data;
  const INK = "#16212b";
  let pair = data.plans[0];
  let measure = measures[0];

  // ---- text: every word of the study goes through textContent, never through HTML ----
  const node = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const number = (value, digits = 0) =>
    value === null ? "nobody served" : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const signed = (value, digits) => (value > 0 ? "+" : "") + number(value, digits);
  const tip = (title, lead, rows) => {
    const box = node("div", undefined, "tip");
    box.append(node("b", title));
    if (lead) box.append(node("p", lead));
    const table = document.createElement("table");
    for (const [label, value] of rows) table.insertRow().append(node("th", label), node("td", value));
    box.append(table);
    return box;
  };

  // ---- map ----
  const map = L.map("map", { zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5, maxZoom: 13, minZoom: 2 });
  for (const [name, level, hears] of [["areas", 400, true], ["borders", 410, false], ["points", 440, true]]) {
    const pane = map.createPane(name);
    pane.style.zIndex = level;
    if (!hears) pane.style.pointerEvents = "none";
  }
  const areaCanvas = L.canvas({ pane: "areas", padding: 0.3 });
  const borderCanvas = L.canvas({ pane: "borders", padding: 0.3 });
  const pointSvg = L.svg({ pane: "points", padding: 0.3 });
  L.control.zoom({ position: "topleft" }).addTo(map);
  map.fitBounds(data.home, { padding: [24, 24], animate: false });
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

  // ---- areas ----
  const level = (size) => {
    const found = measure.limits.findIndex((limit) => size < limit);
    return Math.min(found < 0 ? measure.limits.length : found, colours.worse.length - 1);
  };
  const areaColour = (i) => {
    const words = measure.words ? pair.areas[measure.words][i] : "";
    if (words === "gained" || words === "lost" || words === "none") return colours[words];
    const change = pair.areas[measure.key + "_change"][i];
    if (change === null) return colours.none;
    if (words === "same" || Math.abs(change) < 1e-6) return colours.same;
    const worse = change * measure.factor;
    return (worse > 0 ? colours.worse : colours.better)[level(Math.abs(worse))];
  };
  const areaTip = (i) => {
    const own = pair.areas;
    const row = (key, unit, factor, digits) => {
      const change = own[key + "_change"][i];
      const figures = [own[key + "_before"][i], own[key + "_after"][i]].map((value) => number(value === null ? null : value * factor, digits));
      return figures.join(" → ") + unit + (change === null ? "" : " (" + signed(change * factor, digits) + ")");
    };
    return tip(areas.name[i], [areas.region[i], areas.group[i]].filter(Boolean).join(", "), [
      ["Patients a year", number(own.patients[i], 1)],
      ["Mean trip", row("minutes", " min", 1, 0)],
      ["Vein to vein", row("vein_to_vein_d", " days", 1, 1)],
      ["Infused", row("infused_share", " %", 100, 1)],
    ]);
  };
  const layers = areas.name.map((_, i) => {
    const shape = areas.shape[i];
    const look = { renderer: areaCanvas, pane: "areas", fillOpacity: 1, weight: 0.6, color: shape ? "#fff" : "#8fa3b3" };
    const layer = shape
      ? L.polygon(shape.map((polygon) => polygon.map(unpack)), { ...look, smoothFactor: 0.6 })
      : L.circleMarker([areas.lat[i], areas.lon[i]], { ...look, radius: 9 });
    layer.bindTooltip(() => areaTip(i), { sticky: true, opacity: 1 });
    layer.on("mouseover", () => layer.setStyle({ color: INK, weight: 1.6 }).bringToFront());
    layer.on("mouseout", () => layer.setStyle({ color: look.color, weight: look.weight }));
    return layer.addTo(map);
  });
  data.borders.forEach((line) =>
    L.polyline(unpack(line), { renderer: borderCanvas, pane: "borders", interactive: false, color: "#7c8b97", weight: 1, opacity: 0.8 }).addTo(map));

  // ---- legend ----
  const limitText = (k) => {
    const digits = measure.limits.some((limit) => limit % 1) ? 1 : 0;
    const last = Math.min(measure.limits.length, colours.worse.length - 1);
    return k === last ? "more" : "< " + number(measure.limits[k], digits);
  };
  const ramp = (steps) => {
    const box = node("div", undefined, "ramp spread");
    for (const [text, colour] of steps) {
      const step = node("span", text);
      step.style.setProperty("--c", colour);
      box.append(step);
    }
    return box;
  };
  const legend = () => {
    const last = Math.min(measure.limits.length, colours.worse.length - 1);
    const steps = [...Array(last + 1).keys()];
    const sides = [
      ["better by", steps.map((k) => [limitText(k), colours.better[k]])],
      ["worse by", steps.map((k) => [limitText(k), colours.worse[k]])],
      ["served", [["same", colours.same], ["new", colours.gained], ["no longer", colours.lost], ["nobody", colours.none]]],
    ];
    const box = node("div", undefined, "ramp-box");
    sides.forEach(([text, rows]) => box.append(node("small", text), ramp(rows)));
    return box;
  };

  // ---- sites ----
  const sites = L.layerGroup().addTo(map);
  const look = (change) => change === "dropped"
    ? { color: data.sites.dropped, weight: 3, fillColor: "#fff", fillOpacity: 0.9 }
    : { color: "#fff", weight: 1.5, fillColor: data.sites[change], fillOpacity: 1 };
  const radius = (starts, top) => 6 + 12 * Math.sqrt(starts / top);
  const drawSites = () => {
    const own = pair.sites;
    const list = document.getElementById("units");
    sites.clearLayers();
    list.replaceChildren();
    const top = Math.max(...own.starts_before, ...own.starts_after, 1e-9);
    const most = own.name.map((_, i) => Math.max(own.starts_before[i], own.starts_after[i]));
    const order = own.name.map((_, i) => i).sort((a, b) => most[b] - most[a]);
    for (const i of order) {
      const address = [own.city[i], own.region[i]].filter(Boolean).join(", ");
      const layer = L.circleMarker([own.lat[i], own.lon[i]], { renderer: pointSvg, pane: "points", radius: radius(most[i], top), ...look(own.change[i]) });
      layer.bindTooltip(() => tip(own.name[i], address, [
        ["Change", own.change[i]],
        ["Before", own.before[i] || "no unit"],
        ["After", own.after[i] || "no unit"],
        ["Batches a year", number(own.starts_before[i]) + " → " + number(own.starts_after[i])],
      ]), { opacity: 1, offset: [12, 0] });
      layer.on("add", () => {
        layer.getElement().setAttribute("tabindex", "0");
        layer.getElement().setAttribute("aria-label", own.change[i] + " " + own.name[i]);
      });
      layer.addTo(sites);
    }
    for (const change of Object.keys(data.sites)) {
      for (const i of order.filter((site) => own.change[site] === change)) {
        const button = node("button");
        const mark = node("i", undefined, change);
        mark.style.background = data.sites[change];
        mark.style.borderColor = data.sites[change];
        const what = change === "changed" ? own.before[i] + " → " + own.after[i] : own.after[i] || own.before[i];
        button.type = "button";
        button.append(mark, node("span", own.name[i]), node("span", number(own.starts_before[i]) + " → " + number(own.starts_after[i]), "number"),
          node("small", [change, what, own.city[i]].filter(Boolean).join(" · ")));
        button.addEventListener("click", () => map.setView([own.lat[i], own.lon[i]], Math.max(map.getZoom(), 8)));
        const item = node("li");
        item.append(button);
        list.append(item);
      }
    }
    if (!own.name.length) list.append(node("li", "No plan has a unit."));
  };

  // ---- choices ----
  const draw = () => {
    layers.forEach((layer, i) => layer.setStyle({ fillColor: areaColour(i) }));
    document.querySelector("#layers .ramp-box")?.remove();
    document.getElementById("layers").append(legend());
    document.getElementById("words").replaceChildren(...pair.words.map((words) => node("p", words)));
  };
  const choice = (label, options, current, chosen) => {
    const box = document.createElement("select");
    box.className = "wide-choice";
    box.setAttribute("aria-label", label);
    options.forEach((text, i) => box.append(new Option(text, i, false, i === current)));
    box.addEventListener("change", () => chosen(Number(box.value)));
    return box;
  };
  document.getElementById("layers").append(
    choice("Colour areas by", measures.map((one) => one.label), 0, (i) => { measure = measures[i]; draw(); }));
  if (data.plans.length > 1) {
    document.getElementById("plan").append(
      choice("Plan", data.plans.map((one) => one.name + " against " + data.first), 0, (i) => { pair = data.plans[i]; draw(); drawSites(); }));
  }
  draw();
  drawSites();
  window.addEventListener("resize", () => map.invalidateSize());
})();
