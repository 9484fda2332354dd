// Areas: outlines as paths of the world, coloured by the measure chosen; found by position.
const packedPath = (packed, path, isRing) => {
  let x = 0;
  let y = 0;
  const box = path.box;
  for (let i = 0; i < packed.length; i += 2) {
    x += packed[i];
    y += packed[i + 1];
    const wx = worldX(x / data.scale);
    const wy = worldY(y / data.scale);
    if (i === 0) path.moveTo(wx, wy);
    else path.lineTo(wx, wy);
    box.left = Math.min(box.left, wx);
    box.right = Math.max(box.right, wx);
    box.top = Math.min(box.top, wy);
    box.bottom = Math.max(box.bottom, wy);
  }
  if (isRing) path.closePath();
};
const newPath = () => Object.assign(new Path2D(), { box: { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity } });
const meets = (a, b) => a.left <= b.right && a.right >= b.left && a.top <= b.bottom && a.bottom >= b.top;

const shapes = areas.shape.map((shape) => {
  if (!shape) return null;
  const path = newPath();
  shape.forEach((polygon) => polygon.forEach((ring) => packedPath(ring, path, true)));
  return path;
});
const borderPath = newPath();
data.borders.forEach((line) => packedPath(line, borderPath, false));
const topDemand = Math.max(...data.views.after.areas.demand, 1e-9);
// Thousands of points stay apart in the whole view, and grow as the reader comes nearer.
const crowd = Math.max(0.3, Math.min(1, Math.sqrt(500 / areas.name.length)));
const crowding = () => Math.min(1, crowd * 1.4 ** (homeView ? map.getZoom() - homeView.zoom : 0));
const areaRadius = (i) => crowding() * (2.5 + 7 * Math.sqrt(data.views.after.areas.demand[i] / topDemand));

const valueOf = (i, key = state.measure.key) => {
  const own = state.view.areas;
  if (key !== "missed" && key !== "unmet") return own[key][i];
  if (!(own.demand[i] > 0)) return null;
  return 100 * (key === "unmet" ? own.unmet[i] / own.demand[i] : 1 - own.infused[i] / own.demand[i]);
};
const areaColour = (i) => {
  const value = valueOf(i);
  const { limits, colours } = state.measure;
  if (value === null || (!limits.length && value !== 0)) return data.no_data;
  const level = limits.findIndex((limit) => value < limit);
  return colours[level < 0 ? limits.length : level];
};
const areaTip = (i) => {
  const own = state.view.areas;
  const rows = [
    ["Population", number(areas.population[i])],
    ["Demand a year", amount(own.demand[i]) + " patients"],
    ["Infused a year", amount(own.infused[i])],
    ["Unserved", amount(own.unmet[i])],
    ["Lost on the way", amount(Math.max(0, own.demand[i] - own.unmet[i] - own.infused[i]))],
  ];
  if (own.main[i] !== null) {
    rows.push(["Mean trip", distance(own.distance[i]) + ", " + number(own.minutes[i]) + " min"]);
    rows.push(["Vein to vein", number(own.vein_to_vein_d[i], 1) + " days"]);
    rows.push(["Main hospital", places.name[own.main[i]]]);
  }
  return tip(areas.name[i], [areas.region[i], state.key === "before" ? "before" : ""].filter(Boolean).join(", "), rows);
};

const traceArea = (ctx, i, px) => {
  if (shapes[i]) return shapes[i];
  const circle = new Path2D();
  circle.arc(areaPoints.x[i], areaPoints.y[i], areaRadius(i) * px, 0, 7);
  return circle;
};
let screenView = null; // where the screen was while the page is printed
const areaLayer = new Painted("areas", (ctx, px, seen) => {
  if (state.shown.areas) {
    ctx.lineWidth = 0.6 * px;
    areas.name.forEach((_, i) => {
      if (shapes[i] && !meets(shapes[i].box, seen)) return;
      const path = traceArea(ctx, i, px);
      ctx.fillStyle = areaColour(i);
      ctx.fill(path, "evenodd");
      ctx.strokeStyle = shapes[i] ? "#fff" : "#8fa3b3";
      ctx.stroke(path);
    });
  }
  ctx.lineWidth = px;
  ctx.strokeStyle = "#7c8b97";
  ctx.globalAlpha = 0.8;
  ctx.stroke(borderPath);
  ctx.globalAlpha = 1;
  // On paper a canvas is opaque and hides what lies below, so this one, the lowest, carries all.
  if (screenView) [flowLayer, dotLayer, litLayer, markLayer].forEach((layer) => layer.paint(ctx, px, seen));
});
const areaAt = (latlng) => {
  if (!state.shown.areas) return null;
  const { x, y } = worldOf(latlng);
  const px = 2 ** -map.getZoom();
  const context = areaLayer._ctx;
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  let found = null;
  for (let i = areas.name.length - 1; i >= 0 && found === null; i -= 1) {
    const box = shapes[i] && shapes[i].box;
    if (box ? x >= box.left && x <= box.right && y >= box.top && y <= box.bottom && context.isPointInPath(shapes[i], x, y, "evenodd")
      : Math.hypot(x - areaPoints.x[i], y - areaPoints.y[i]) < (areaRadius(i) + 2) * px) found = i;
  }
  context.restore();
  return found;
};
