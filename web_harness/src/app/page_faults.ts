// What the page says where it cannot go on: what happened, what to do, and that nothing is lost.

/** Why there is nothing to show. */
export type FaultKind =
  | "old browser"
  | "no WebAssembly"
  | "no session"
  | "no token"
  | "link over"
  | "server gone"
  | "bundle damaged"
  | "other version"
  | "other tab"
  | "failed";

/** Stops the page; `detail` is exact, and stands below what is said plainly. */
export class PageFault extends Error {
  constructor(
    readonly kind: FaultKind,
    readonly detail = "",
  ) {
    super(detail === "" ? kind : `${kind}: ${detail}`);
  }
}

export interface FaultText {
  readonly title: string;
  readonly text: string;
  readonly can_retry: boolean;
}

const KEPT =
  "What was measured here is kept in this browser and is sent as soon as this page is opened by a new link to the same files.";

/** Return what is said of a fault. */
export function faultText(kind: FaultKind): FaultText {
  switch (kind) {
    case "old browser":
      return {
        title: "This browser is too old",
        text: "The page needs Chrome or Edge 115, Firefox 115 or Safari 16.4, or a newer one. Update the browser, or open the link in another.",
        can_retry: false,
      };
    case "no WebAssembly":
      return {
        title: "This browser runs no WebAssembly",
        text: "Both runtimes need it. It may be turned off, as in a lockdown mode: allow it for this page, or open the link in another browser.",
        can_retry: true,
      };
    case "no session":
      return {
        title: "There is nothing to measure here",
        text: "The page was found, but not session.json beside it, which says which files to measure. Open the link that `pocketseg serve` printed, or copy all that `pocketseg export-page` wrote.",
        can_retry: true,
      };
    case "no token":
      return {
        title: "The link is not complete",
        text: "Its part from # on is missing: it holds the key to the files. Scan the QR code, or copy the whole link from the terminal.",
        can_retry: false,
      };
    case "link over":
      return {
        title: "This link is over",
        text: `A link is good for as long as its \`pocketseg serve\` runs. Start it again and open the new link. ${KEPT}`,
        can_retry: false,
      };
    case "server gone":
      return {
        title: "The computer does not answer",
        text: `Is \`pocketseg serve\` still running, and is this device in the same network? ${KEPT}`,
        can_retry: true,
      };
    case "bundle damaged":
      return {
        title: "The files did not arrive whole",
        text: "Their sizes and hashes are not those of the bundle, so nothing of it is run. Load the page again; if it stays, start `pocketseg serve` or `pocketseg export-page` again.",
        can_retry: true,
      };
    case "other version":
      return {
        title: "Page and files are of two versions",
        text: "This page cannot read what it was given. Make both with the same version of PocketSeg.",
        can_retry: false,
      };
    case "other tab":
      return {
        title: "Another tab is measuring",
        text: "Two at once would slow one another and both would be wrong. Go on in that tab, or close it and try again here.",
        can_retry: true,
      };
    case "failed":
      return {
        title: "Something went wrong in this page",
        text: "Load it again; what was measured so far is kept in this browser.",
        can_retry: true,
      };
  }
}
