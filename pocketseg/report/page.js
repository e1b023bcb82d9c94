"use strict";
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const said = document.getElementById("status");
const ORDER = new Intl.Collator(undefined, { numeric: true });

// Where a phone shows rows as cards, browsers would forget that they are rows of a table.
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
for (const table of all("table")) {
  for (const part of [table, ...all("thead, tbody, tr, td", table)]) part.setAttribute("role", ROLES[part.tagName]);
  for (const head of all("th", table)) head.setAttribute("role", head.scope === "col" ? "columnheader" : "rowheader");
}

// Sorting: a title sorts its column, pressed again the other way; cells without a value stay last.
for (const table of all("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0];
      const cells = [...body.rows].map((row) => [row, row.cells[column]]);
      const numeric = cells.some(([, cell]) => cell && "value" in cell.dataset);
      const key = (cell) => {
        if (!numeric) return cell ? cell.textContent : "";
        return cell && "value" in cell.dataset ? Number(cell.dataset.value) : null;
      };
      const keyed = cells.map(([row, cell]) => [key(cell), row]);
      keyed.sort(([x], [y]) => {
        if (x === null || y === null) return (x === null) - (y === null);
        const order = numeric ? x - y : ORDER.compare(x, y);
        return down ? -order : order;
      });
      for (const [, row] of keyed) row.classList.remove("laid");
      body.append(...keyed.map(([, row]) => row));
      settle(table);
      said.textContent = `Sorted by ${button.textContent}, ${down ? "descending" : "ascending"}.`;
    });
  });
}

// Laying out hundreds of rows at once takes too long after each sort: rows out of sight follow little by little. They do
// follow, since Chromium tells a screen reader nothing of rows that it has not laid out.
const rounds = new Map();
const ROWS = 40; // at a time
function later(work) {
  if (window.requestIdleCallback) window.requestIdleCallback(work, { timeout: 100 });
  else setTimeout(work, 16);
}
function settle(table) {
  if (!table.classList.contains("many")) return;
  const round = (rounds.get(table) || 0) + 1;
  rounds.set(table, round);
  let at = 0;
  let rows = null;
  const some = () => {
    if (rounds.get(table) !== round) return;
    rows ??= all("tbody tr:not(.laid)", table);
    for (const row of rows.slice(at, at + ROWS)) row.classList.add("laid");
    at += ROWS;
    if (at < rows.length) later(some);
  };
  setTimeout(() => later(some), 100);
}
for (const table of all("table.many")) settle(table);

// The columns of a long table keep the shares that they have at first, so that each row is laid out by itself.
const wide = window.matchMedia("(min-width: 901px)");
function keepColumns() {
  if (!wide.matches) return;
  for (const table of all("table.many:not(.kept)")) {
    const widths = [...table.tHead.rows[0].cells].map((head) => head.offsetWidth);
    table.style.width = "min-content";
    const least = table.offsetWidth;
    table.style.width = "";
    table.style.setProperty("--columns", widths.map((width) => `minmax(0, ${width}fr)`).join(" "));
    table.style.setProperty("--least", `${least}px`);
    for (const cell of all("td[colspan]", table)) cell.style.setProperty("--span", `span ${cell.colSpan}`);
    table.classList.add("kept");
  }
}
keepColumns();
wide.addEventListener("change", keepColumns);

// A table that is wider than the window says that it scrolls, and the keyboard reaches it; another needs neither.
const fits = new ResizeObserver((entries) => {
  for (const { target: box } of entries) {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    box.classList.toggle("scrolls", scrolls);
    if (scrolls) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    box.previousElementSibling.hidden = !scrolls;
  }
});
for (const box of all(".scroll")) {
  const hint = document.createElement("p");
  hint.className = "caption hint";
  hint.textContent = "More columns: scroll sideways.";
  hint.hidden = true;
  box.before(hint);
  fits.observe(box);
  fits.observe(box.firstElementChild.parentElement);
}

// One stop of Tab for a plot or a photo's pictures; from there the arrow keys, Home and End go on.
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
function rove(box, among) {
  const stop = (chosen) => among().forEach((item) => item.setAttribute("tabindex", item === chosen ? "0" : "-1"));
  box.addEventListener("focusin", (event) => {
    if (among().includes(event.target)) stop(event.target);
  });
  box.addEventListener("keydown", (event) => {
    const items = among();
    const at = items.indexOf(document.activeElement);
    const ends = { Home: 0, End: items.length - 1 };
    if (at < 0 || !(event.key in STEPS || event.key in ends) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = event.key in ends ? ends[event.key] : (at + STEPS[event.key] + items.length) % items.length;
    items[next].focus();
  });
  return () => {
    const items = among();
    if (items.length && !items.some((item) => item.getAttribute("tabindex") === "0")) stop(items[0]);
  };
}
const again = [];
for (const svg of all(".plots svg")) {
  let sorted = null; // by x, once it is asked for: it takes the layout
  const among = () => {
    const left = (point) => point.lastElementChild.getBoundingClientRect().left;
    sorted ??= all(".point", svg).map((point) => [left(point), point]).sort(([x], [y]) => x - y).map(([, point]) => point);
    return sorted.filter((point) => !point.classList.contains("gone"));
  };
  // The figure listens: Tab would stop at an SVG that does.
  if (svg.querySelector(".point")) again.push(rove(svg.closest("figure"), among));
}
for (const block of all("main .gallery")) {
  again.push(rove(block, () => all("figure:not(.gone) button", block)));
}

// Tooltips: the browser's own <title> is slow and unreachable by keyboard.
const tip = document.getElementById("tip");
for (const title of all(".plots svg > title, .plots .point > title")) title.remove(); // aria-label says the same
const pointed = (event) => event.target.closest(".plots .point");
function show(event) {
  const point = pointed(event);
  if (!point) return;
  tip.textContent = point.dataset.details || point.getAttribute("aria-label");
  tip.hidden = false;
  const at = point.getBoundingClientRect();
  const left = Math.min(at.right + 8, window.innerWidth - tip.offsetWidth - 8);
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${Math.max(8, at.top - tip.offsetHeight - 6)}px`;
}
function hide() {
  tip.hidden = true;
}
document.addEventListener("pointerover", show);
document.addEventListener("focusin", show);
document.addEventListener("pointerout", (event) => pointed(event) && hide());
document.addEventListener("focusout", hide);
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());

// The filter and the legend: a file shows, wherever it is on the page, while all of its parts are asked for.
const KINDS = ["target", "model", "verdict"];
const buttons = all(".legend button");
const files = all("#files tbody tr");
const others = all("main [data-row], main [data-model]").filter((part) => !part.closest(".legend, #files"));
const pictured = all("main figure[data-file]");
let rest = 0;
const field = document.getElementById("filter");
const reset = document.getElementById("reset");
const texts = new Map();
function textOf(number) {
  if (!texts.size) {
    for (const row of files) {
      texts.set(row.dataset.row, [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase());
    }
  }
  return texts.get(number) || "";
}
function filter() {
  const off = KINDS.map((kind) => new Set(
    buttons.filter((b) => b.getAttribute("aria-pressed") === "false" && kind in b.dataset).map((b) => b.dataset[kind])));
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shows = ({ dataset }) =>
    KINDS.every((kind, at) => !off[at].has(dataset[kind])) &&
    (!("row" in dataset) || words.every((word) => textOf(dataset.row).includes(word)));
  apply(files, shows);
  const left = files.filter((row) => !row.hidden);
  const asked = words.length > 0 || off.some((names) => names.size > 0);
  reset.disabled = !asked;
  said.textContent = asked ? `${left.length} of ${files.length} files are shown.` : `All ${files.length} files are shown.`;
  clearTimeout(rest);
  rest = setTimeout(() => { // once the table has answered
    apply(others, shows);
    const names = new Set(left.map((row) => row.dataset.file));
    if (files.length) {
      for (const picture of pictured) picture.classList.toggle("gone", !names.has(picture.dataset.file));
    }
    for (const adjust of again) adjust();
  }, 30);
}
function apply(parts, shows) {
  for (const part of parts) {
    const visible = shows(part);
    if (part.tagName !== "TR") part.classList.toggle("gone", !visible);
    else if (part.hidden === visible) {
      part.hidden = !visible;
      part.classList.remove("laid");
    }
  }
  for (const table of all("table.many")) settle(table);
}
for (const button of buttons) {
  button.addEventListener("click", () => {
    const pressed = button.getAttribute("aria-pressed") === "true" ? "false" : "true";
    for (const same of buttons) { // a page may have more than one legend
      if (KINDS.every((kind) => same.dataset[kind] === button.dataset[kind])) same.setAttribute("aria-pressed", pressed);
    }
    filter();
  });
}
field.addEventListener("input", filter);
reset.addEventListener("click", () => {
  for (const button of buttons) button.setAttribute("aria-pressed", "true");
  field.value = "";
  filter();
  field.focus();
});
if (files.length > 1) document.querySelector(".controls").hidden = false;

// One picture large, between the photo and its label; the arrow keys go to the other pictures and photos.
const large = document.getElementById("large");
let shown = null;
function enlarge(button) {
  shown = button;
  const block = button.closest(".gallery");
  const [photo, label] = all("figure", block);
  const chosen = button.closest("figure");
  const copies = [...new Set([photo, label, chosen])].map((figure) => {
    const copy = figure.cloneNode(true);
    const picture = copy.querySelector("img");
    copy.querySelector("button").replaceWith(picture);
    const words = document.createElement("p");
    words.textContent = picture.alt;
    copy.querySelector("figcaption").append(words);
    return copy;
  });
  const name = chosen.querySelector("figcaption").textContent;
  document.getElementById("large-title").textContent = `${block.previousElementSibling.textContent}: ${name}`;
  large.querySelector(".gallery").replaceChildren(...copies);
  if (!large.open) large.showModal();
}
function step(across, down) {
  const blocks = all("main .gallery");
  const pictures = (block) => all("figure:not(.gone) button", block);
  const block = shown.closest(".gallery");
  const at = pictures(block).indexOf(shown);
  const other = blocks[(blocks.indexOf(block) + down + blocks.length) % blocks.length];
  const own = pictures(other);
  enlarge(own[(Math.min(at, own.length - 1) + across + own.length) % own.length]);
}
for (const button of all("main .enlarge")) button.addEventListener("click", () => enlarge(button));
for (const button of all("button", large)) {
  const across = Number(button.dataset.step);
  button.addEventListener("click", () => (across ? step(across, 0) : large.close()));
}
large.addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight" || event.key === "ArrowLeft") step(STEPS[event.key], 0);
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") step(0, STEPS[event.key]);
  else return;
  event.preventDefault();
});
large.addEventListener("close", () => shown && shown.focus());
