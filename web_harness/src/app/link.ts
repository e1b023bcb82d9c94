// The link's token: it is taken out of the address bar, so that no screenshot or shared address gives it away.

const KEY = "pocketseg-token";
const FORM = /^[A-Za-z0-9_-]{16,200}$/;

/** Return the token in a link's fragment; null where there is none of its form. */
export function tokenIn(fragment: string): string | null {
  const found = new URLSearchParams(fragment.replace(/^#/, "")).get("token");
  return found !== null && FORM.test(found) ? found : null;
}

/** A link's token. `isReload`: it was kept for this tab by an earlier load of the page. */
export interface Taken {
  readonly token: string | null;
  readonly isReload: boolean;
}

/** Take the token of this page's link, or the one that an earlier load kept for this tab. */
export function takeToken(): Taken {
  const found = tokenIn(location.hash);
  if (found !== null) history.replaceState(null, "", location.pathname + location.search);
  try {
    if (found !== null) sessionStorage.setItem(KEY, found);
    const token = found ?? sessionStorage.getItem(KEY);
    return { token, isReload: found === null && token !== null };
  } catch {
    return { token: found, isReload: false }; // Storage that is turned off: the token lives as long as this page.
  }
}
