// Which colour is which class, and how much of a picture each takes.

import type { Rgb } from "../contract/documents";
import type { ClassMap } from "../pixels/arrays";
import { el, fill } from "./dom";
import { roughPercent } from "./figures";
import { shares } from "./mask_pixels";

/** Put the classes that a map holds into a list; without a map, all that there are. */
export function legend(
  list: HTMLElement,
  classes: readonly string[],
  colors: readonly Rgb[],
  map: ClassMap | null,
): void {
  const shown =
    map === null
      ? classes.map((_, place) => ({ place, share: null }))
      : [...shares(map)].sort((a, b) => b.share - a.share);
  fill(
    list,
    ...shown.map(({ place, share }) =>
      el(
        "li",
        {},
        swatch(place === 0 ? null : (colors[place] ?? null)),
        el("span", { class: "class" }, classes[place] ?? `class ${place}`),
        share === null ? null : el("span", { class: "share" }, roughPercent(share)),
      ),
    ),
  );
}

/** Return the classes of a map in words, largest first, for those who do not see it. */
export function mapWords(map: ClassMap, classes: readonly string[]): string {
  return [...shares(map)]
    .sort((a, b) => b.share - a.share)
    .map(({ place, share }) => `${classes[place] ?? place} ${roughPercent(share)}`)
    .join(", ");
}

function swatch(color: Rgb | null): HTMLElement {
  const made = el("span", { class: color === null ? "swatch none" : "swatch", "aria-hidden": "true" });
  if (color !== null) made.style.setProperty("--class", `rgb(${color.join(" ")})`);
  return made;
}
