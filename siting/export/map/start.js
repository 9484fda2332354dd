// Switch, sheet of small screens, print, and the first drawing.
const switcher = document.getElementById("switch");
if (data.views.before) {
  switcher.querySelectorAll("button").forEach((button) => button.addEventListener("click", () => switchView(button.value)));
} else switcher.remove();

const sheetButton = document.getElementById("sheet");
function openSheet(isOpen) {
  document.body.classList.toggle("sheet-open", isOpen);
  sheetButton.setAttribute("aria-expanded", String(isOpen));
}
sheetButton.addEventListener("click", () => openSheet(!document.body.classList.contains("sheet-open")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  openSheet(false);
  choose(null);
});

if (data.periods.length > 1) {
  const choice = document.createElement("select");
  choice.setAttribute("aria-label", "Period");
  data.periods.forEach((name, i) => choice.append(new Option(name, i, false, i === state.period)));
  choice.addEventListener("change", () => {
    state.period = Number(choice.value);
    switchView(state.key);
  });
  document.getElementById("period").append(choice);
}
document.getElementById("cuts").textContent = data.cuts.join(" ");

// A printed page has its own size: the map takes it before the browser lays the page out, and goes back afterwards.
const forPrint = () => {
  if (screenView) return;
  const isHome = map.getZoom() === homeView.zoom && map.getCenter().equals(homeView.centre);
  screenView = { centre: map.getCenter(), zoom: map.getZoom(), size: map.getSize(), retina: L.Browser.retina };
  L.Browser.retina = true; // two dots for each pixel
  document.documentElement.classList.add("printing");
  map.invalidateSize({ animate: false });
  if (isHome) map.fitBounds(data.home, { padding: [24, 24], animate: false });
  else {
    const grown = Math.min(map.getSize().x / screenView.size.x, map.getSize().y / screenView.size.y);
    map.setView(screenView.centre, screenView.zoom + Math.log2(grown), { animate: false });
  }
};
const forScreen = () => {
  if (!screenView) return;
  const { centre, zoom, retina } = screenView;
  screenView = null;
  L.Browser.retina = retina;
  document.documentElement.classList.remove("printing");
  map.invalidateSize({ animate: false });
  map.setView(centre, zoom, { animate: false });
};
window.addEventListener("beforeprint", forPrint);
window.addEventListener("afterprint", forScreen);
window.matchMedia("print").addEventListener("change", (event) => (event.matches ? forPrint() : forScreen()));

indexUnits();
goHome();
[areaLayer, flowLayer, dotLayer, litLayer, markLayer, unitLayers, names].forEach((layer) => layer.addTo(map));
drawLayers();
drawList();
drawUnits();
placeNames();
map.on("moveend resize", placeNames);
window.addEventListener("resize", () => map.invalidateSize());
