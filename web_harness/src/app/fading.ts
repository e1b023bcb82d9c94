// A row that can be scrolled sideways fades out at the side where more of it is: a cut picture alone may look like a fault.

/** What is known of a row's scrolling, in px. */
export interface Scrolled {
  readonly scrollLeft: number;
  readonly scrollWidth: number;
  readonly clientWidth: number;
}

// Browsers scroll by parts of a pixel: so little is nothing.
const NOTHING_PX = 2;

/** Return at which sides there is more. */
export function moreOf(row: Scrolled): { readonly before: boolean; readonly after: boolean } {
  const left = row.scrollWidth - row.clientWidth - row.scrollLeft;
  return { before: row.scrollLeft > NOTHING_PX, after: left > NOTHING_PX };
}

/** Let a row fade at the sides where more of it is, whenever it is scrolled or gets another size. */
export function fadeSides(row: HTMLElement): void {
  const draw = () => {
    const { before, after } = moreOf(row);
    row.classList.toggle("more-before", before);
    row.classList.toggle("more-after", after);
  };
  row.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(row);
}
