// Trips and lanes, all of them faint, those of the place in question bright.
const LEVELS = 6;
const indexed = (flows, key) => {
  const top = Math.max(...flows[key], 1e-9);
  const toCentral = flows.to.map((i) => places.is_central[i]);
  const level = flows[key].map((value) => Math.round((LEVELS - 1) * Math.sqrt(value / top)));
  const by = (ends) => {
    const rows = new Map();
    ends.forEach((i, k) => { if (rows.has(i)) rows.get(i).push(k); else rows.set(i, [k]); });
    return rows;
  };
  return Object.assign(flows, { toCentral, level, rowsFrom: by(flows.from), rowsTo: by(flows.to), all: flows.from.map((_, k) => k) });
};
Object.values(data.views).forEach((view) => { indexed(view.trips, "referred"); indexed(view.lanes, "patients"); });

const strokeFlows = (ctx, px, flows, starts, rows, look) => {
  const groups = new Map();
  for (const k of rows) {
    const group = 2 * flows.level[k] + (flows.toCentral[k] ? 1 : 0);
    if (groups.has(group)) groups.get(group).push(k);
    else groups.set(group, [k]);
  }
  ctx.strokeStyle = look.colour;
  ctx.globalAlpha = look.opacity;
  for (const [group, members] of groups) {
    ctx.beginPath();
    for (const k of members) {
      ctx.moveTo(starts.x[flows.from[k]], starts.y[flows.from[k]]);
      ctx.lineTo(placePoints.x[flows.to[k]], placePoints.y[flows.to[k]]);
    }
    ctx.lineWidth = (look.thin + (look.spread * Math.floor(group / 2)) / (LEVELS - 1)) * px;
    ctx.setLineDash(group % 2 && look.dashes ? [3 * px, 6 * px] : []);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
};
const flowLayer = new Painted("flows", (ctx, px) => {
  const { trips, lanes } = state.view;
  const faint = { thin: 0.5, spread: 3.5, opacity: 0.45, dashes: true };
  if (state.shown.trips) strokeFlows(ctx, px, trips, areaPoints, trips.all, { ...faint, colour: TRIP });
  if (state.shown.lanes) strokeFlows(ctx, px, lanes, placePoints, lanes.all, { ...faint, colour: LANE });
});

// What belongs to a unit: lanes to it, and trips to the hospitals that send to it; to a hospital: its trips and lanes.
const partsOf = (focus) => {
  const { trips, lanes } = state.view;
  if (focus.area !== undefined) {
    const rows = trips.rowsFrom.get(focus.area) || [];
    return { trips: rows, lanes: rows.flatMap((k) => lanes.rowsFrom.get(trips.to[k]) || []) };
  }
  const i = focus.place;
  const incoming = lanes.rowsTo.get(i) || [];
  const hospitals = new Set([i, ...incoming.map((k) => lanes.from[k])]);
  return { trips: [...hospitals].flatMap((h) => trips.rowsTo.get(h) || []), lanes: [...incoming, ...(lanes.rowsFrom.get(i) || [])] };
};
const litLayer = new Painted("lit", (ctx, px) => {
  const focus = state.hover || state.chosen;
  if (!focus) return;
  const { trips, lanes } = state.view;
  const parts = partsOf(focus);
  if (focus.area !== undefined) {
    ctx.strokeStyle = INK;
    ctx.lineWidth = 1.8 * px;
    ctx.stroke(traceArea(ctx, focus.area, px));
  }
  strokeFlows(ctx, px, trips, areaPoints, parts.trips, { thin: 1, spread: 4, opacity: 0.8, colour: TRIP });
  strokeFlows(ctx, px, lanes, placePoints, parts.lanes, { thin: 1.2, spread: 4, opacity: 0.9, colour: INK, dashes: true });
  if (focus.place === undefined) return;
  ctx.beginPath();
  ctx.arc(placePoints.x[focus.place], placePoints.y[focus.place], (placeRadius(focus.place) + 5) * px, 0, 7);
  ctx.strokeStyle = "#f0a500";
  ctx.lineWidth = 3 * px;
  ctx.stroke();
});
