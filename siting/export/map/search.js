// Search by name: a combobox with a list, as the ARIA practices describe it.
const MOST_FOUND = 8;
const plainText = (text) => (text || "").normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
const findable = [
  ...everyPlace.map((i) => ({ focus: { place: i }, name: places.name[i], where: address(i) })),
  ...areas.name.map((name, i) => ({ focus: { area: i }, name, where: ["area", areas.region[i]].filter(Boolean).join(", ") })),
].map((one) => ({ ...one, text: plainText(one.name + " " + one.where) }));
const rank = (one, words) => {
  if (!words.every((word) => one.text.includes(word))) return null;
  const starts = one.text.startsWith(words[0]) ? 0 : words.every((word) => (" " + one.text).includes(" " + word)) ? 1 : 2;
  const isUnit = one.focus.place !== undefined && unitOf(one.focus.place) !== undefined;
  return 4 * starts + (isUnit ? 0 : one.focus.place !== undefined && places.treats_today[one.focus.place] ? 1 : one.focus.area !== undefined ? 3 : 2);
};
const input = document.getElementById("search");
const found = document.getElementById("found");
let options = [];
let active = -1;
const closeList = () => {
  found.hidden = true;
  active = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
};
const mark = (k) => {
  active = k;
  [...found.children].forEach((item, j) => item.setAttribute("aria-selected", String(j === k)));
  if (k < 0) input.removeAttribute("aria-activedescendant");
  else {
    input.setAttribute("aria-activedescendant", "found-" + k);
    found.children[k].scrollIntoView({ block: "nearest" });
  }
};
const take = (k) => {
  const one = options[k];
  input.value = one.name;
  closeList();
  visit(one.focus);
  announce([one.name, one.where, ...[...tooltip.getContent().querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => cell.textContent).join(" "))].join(", "));
};
const lookUp = () => {
  const words = plainText(input.value).split(/\s+/).filter(Boolean);
  if (!words.length) {
    closeList();
    return;
  }
  const ranked = findable.map((one) => [rank(one, words), one]).filter(([value]) => value !== null);
  options = ranked.sort((a, b) => a[0] - b[0]).slice(0, MOST_FOUND).map(([, one]) => one);
  found.replaceChildren(...options.map((one, k) => {
    const item = node("li");
    item.id = "found-" + k;
    item.setAttribute("role", "option");
    item.append(node("span", one.name), node("small", one.where));
    item.addEventListener("mousedown", (event) => event.preventDefault());
    item.addEventListener("click", () => take(k));
    return item;
  }));
  if (!options.length) found.append(node("li", "nothing of this name", "nothing"));
  found.hidden = false;
  input.setAttribute("aria-expanded", "true");
  mark(options.length ? 0 : -1);
  announce(ranked.length === 1 ? "1 result" : number(ranked.length) + " results");
};
input.addEventListener("input", lookUp);
input.addEventListener("focus", () => input.select());
input.addEventListener("blur", closeList);
input.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (found.hidden) input.value = "";
    else event.stopPropagation();
    closeList();
  } else if (found.hidden) {
    if (event.key === "ArrowDown") lookUp();
  } else if (options.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    mark((active + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length);
  } else if (event.key === "Enter" && active >= 0) take(active);
});
