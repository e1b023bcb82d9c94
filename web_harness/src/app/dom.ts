// Elements in a line each: no markup is ever made of text, so that a file's name stays a name.

export type Child = Node | string | null | false;
type Listeners = { [K in keyof HTMLElementEventMap as `on${K}`]?: (event: HTMLElementEventMap[K]) => void };
export type Props = Listeners & { readonly [attribute: string]: unknown };

/** Return a new element; `onclick` and the like listen, true and false set or leave out, all else are attributes. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...present(children));
  return made;
}

/** Put these children in place of what an element holds. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...present(children));
}

/** Set a text where it changed: a reader of the screen hears of a change that is none. */
export function say(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Show or hide an element. */
export function show(node: HTMLElement, shown: boolean): void {
  if (node.hidden === shown) node.hidden = !shown;
}

/** Return a section with its heading, as landmarks want it. */
export function section(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  return el(
    "section",
    { id, "aria-labelledby": `${id}-title`, class: "panel" },
    el("h2", { id: `${id}-title` }, title),
    ...children,
  );
}

function present(children: readonly Child[]): (Node | string)[] {
  return children.filter((child): child is Node | string => child !== null && child !== false);
}
