// Errors that nobody caught: each is said in a sentence, so that none is lost in a console that nobody looks at.

import { plain } from "./plain";

const OTHERWISE =
  "Something went wrong in this page. What was measured is kept; if it does not go on, load the page again.";

/** Hear of what nobody caught. `say`: is given a sentence for people. */
export function hearStray(page: EventTarget, say: (sentence: string) => void): void {
  page.addEventListener("error", (event) => {
    const { error, message, filename } = event as ErrorEvent;
    if (isOfExtension(filename)) return;
    say(sentenceOf(error ?? (message ? new TypeError(message) : null)));
  });
  page.addEventListener("unhandledrejection", (event) => {
    say(sentenceOf((event as PromiseRejectionEvent).reason));
  });
}

function sentenceOf(error: unknown): string {
  const said = plain(error, OTHERWISE);
  return said.startsWith(OTHERWISE) ? said : `${OTHERWISE} (${said})`;
}

/** Scripts that a browser's extensions put into a page are not the page's. */
function isOfExtension(file: string | undefined): boolean {
  return /^[a-z-]+-extension:/.test(file ?? "");
}
