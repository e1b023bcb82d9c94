"use strict";
// Sorting: a title sorts its column, pressed again the other way; cells without a value stay last.
for (const table of document.querySelectorAll("table")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = head.querySelector("button");
    if (!button) return;
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0];
      const rows = [...body.rows];
      const numeric = rows.some((row) => row.cells[column] && "value" in row.cells[column].dataset);
      const key = (row) => {
        const cell = row.cells[column];
        if (!numeric) return cell ? cell.textContent : "";
        return cell && "value" in cell.dataset ? Number(cell.dataset.value) : null;
      };
      rows.sort((a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === null || y === null) return (x === null) - (y === null);
        const order = numeric ? x - y : x.localeCompare(y, undefined, { numeric: true });
        return down ? -order : order;
      });
      body.append(...rows);
    });
  });
}

// Tooltips: the browser's own <title> is slow and unreachable by keyboard.
const tip = document.getElementById("tip");
for (const title of document.querySelectorAll(".plots svg > title")) title.remove(); // aria-label says the same
for (const point of document.querySelectorAll(".plots .point")) {
  const title = point.querySelector("title");
  if (title) title.remove();
  const show = () => {
    tip.textContent = point.dataset.details || point.getAttribute("aria-label");
    tip.hidden = false;
    const at = point.getBoundingClientRect();
    const left = Math.min(at.right + 8, window.innerWidth - tip.offsetWidth - 8);
    tip.style.left = Math.max(8, left) + "px";
    tip.style.top = Math.max(8, at.top - tip.offsetHeight - 6) + "px";
  };
  const hide = () => { tip.hidden = true; };
  point.addEventListener("pointerenter", show);
  point.addEventListener("focus", show);
  point.addEventListener("pointerleave", hide);
  point.addEventListener("blur", hide);
}

// The legend: a point shows while both its target and its model are pressed.
const buttons = [...document.querySelectorAll(".legend button")];
for (const button of buttons) {
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "true" ? "false" : "true");
    const off = buttons.filter((b) => b.getAttribute("aria-pressed") === "false");
    for (const point of document.querySelectorAll(".plots .point")) {
      point.classList.toggle("gone", off.some((b) =>
        b.dataset.target === point.dataset.target || ("model" in b.dataset && b.dataset.model === point.dataset.model)));
    }
  });
}
