// Text, the map with its panes, and canvases that are painted in one go.
const data = JSON.parse(document.getElementById("data").textContent);
const { areas, places } = data;
const INK = "#16212b";
const CANDIDATE = "#8a929a";
const LANE = "#2b3640";
const TRIP = "#6a51a3";
const PHONE = window.matchMedia("(max-width: 720px)");
const state = { key: "after", view: data.views.after, measure: data.measures[0], period: data.periods.length - 1, shown: {},
  hiddenKinds: new Set(), hover: null, chosen: null };

// ---- text: every word of the study goes through textContent, never through HTML ----
const number = (value, digits = 0) => value === null ? "unknown"
  : value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const amount = (value) => number(value, value !== null && value !== 0 && Math.abs(value) < 10 ? 1 : 0);
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
const announce = (text) => { document.getElementById("live").textContent = text; };

// ---- map and panes: only the SVG of units hears the mouse itself; the rest is found by position ----
const map = L.map("map", { zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5, maxZoom: 13,
  minZoom: 2, wheelPxPerZoomLevel: 120 });
const pane = (name, level, hears) => {
  const element = map.createPane(name);
  element.style.zIndex = level;
  if (!hears) element.style.pointerEvents = "none";
};
[["areas", 400], ["flows", 420], ["dots", 430], ["lit", 435], ["units", 440, true], ["marks", 450], ["names", 640]]
  .forEach(([name, level, hears]) => pane(name, level, hears));
const at = (table, i) => [table.lat[i], table.lon[i]];
let homeView = null;
const goHome = () => {
  map.fitBounds(data.home, { paddingTopLeft: PHONE.matches ? [12, 96] : [24, 60],
    paddingBottomRight: PHONE.matches ? [12, 60] : [24, 24], animate: false });
  homeView = { centre: map.getCenter(), zoom: map.getZoom() };
};
L.control.zoom({ position: "topleft" }).addTo(map);
const home = node("button", "⌂");
home.type = "button";
home.title = "Show the whole study";
home.setAttribute("aria-label", home.title);
home.addEventListener("click", () => goHome());
document.querySelector(".leaflet-control-zoom").append(home);
L.control.scale({ metric: data.distance_unit === "km", imperial: data.distance_unit === "mi", position: "bottomleft" }).addTo(map);
L.control.attribution({ prefix: false }).addAttribution("Drawn with Leaflet; lines join places and are no routes").addTo(map);

// ---- the world at zoom 0, where it is 256 wide; a canvas paints it at any zoom by one scale ----
const worldX = (lon) => 256 * (lon / 360 + 0.5);
const worldY = (lat) => 256 * (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI));
const inWorld = (table) => ({ x: Float64Array.from(table.lon, worldX), y: Float64Array.from(table.lat, worldY) });
const areaPoints = inWorld(areas);
const placePoints = inWorld(places);
const worldOf = (latlng) => ({ x: worldX(latlng.lng), y: worldY(latlng.lat) });

const Painted = L.Canvas.extend({
  initialize(paneName, paint) {
    L.Canvas.prototype.initialize.call(this, { pane: paneName, padding: 0.15 });
    this.paint = paint;
  },
  // Leaflet calls this whenever the canvas has moved or been cleared.
  _draw() {
    const scale = 2 ** map.getZoom();
    const origin = map.getPixelOrigin();
    const { min, max } = this._bounds;
    const seen = { left: (min.x + origin.x) / scale, right: (max.x + origin.x) / scale, top: (min.y + origin.y) / scale,
      bottom: (max.y + origin.y) / scale };
    this._ctx.save();
    this._ctx.translate(-origin.x, -origin.y);
    this._ctx.scale(scale, scale);
    this._ctx.lineCap = "round";
    this._ctx.lineJoin = "round";
    this.paint(this._ctx, 1 / scale, seen);
    this._ctx.restore();
  },
  repaint() { if (this._map) this._redraw(); },
});

// ---- one tooltip for everything ----
const tooltip = L.tooltip({ direction: "auto", opacity: 1 });
// Beside the place, on the side asked for if there is room; on a narrow screen above or below it, within the screen.
const TIP_WIDTH = 345;
const say = (content, latlng, gap, side) => {
  const { x, y } = map.latLngToContainerPoint(latlng);
  const size = map.getSize();
  if (size.x < 2 * TIP_WIDTH) {
    const half = Math.min(TIP_WIDTH, size.x) / 2;
    const isAbove = y > size.y / 2;
    tooltip.options.direction = isAbove ? "top" : "bottom";
    tooltip.options.offset = [Math.max(half, Math.min(size.x - half, x)) - x, isAbove ? -gap : gap];
  } else {
    const fits = { right: x + gap + TIP_WIDTH < size.x, left: x - gap - TIP_WIDTH > 0 };
    tooltip.options.direction = fits[side] ? side : fits.right ? "right" : "left";
    tooltip.options.offset = [tooltip.options.direction === "right" ? gap : -gap, 0];
  }
  tooltip.setContent(content).setLatLng(latlng);
  if (!map.hasLayer(tooltip)) tooltip.addTo(map);
};
const hush = () => { tooltip.remove(); };
