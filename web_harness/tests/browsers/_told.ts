// What `python -m scripts.web test` says of this computer: where programs, files and bundles are.

import { readFileSync } from "node:fs";

export type Network = "topformer_tiny" | "u2netp";

export interface Told {
  readonly python: string;
  readonly checkout: string;
  readonly artifacts: Readonly<Record<Network, readonly string[]>>;
  readonly bundles: Readonly<Record<Network | "small", string>>;
  readonly photos: Readonly<Record<Network, number>>;
  readonly screenshots: string;
  readonly scratch: string;
  readonly chromium?: string;
  readonly firefox?: string;
  readonly webkit?: string;
}

/** Return it. Throws where these tests were started by hand without it. */
export function told(): Told {
  const path = process.env.POCKETSEG_WEB_TOLD;
  if (path === undefined)
    throw new Error("these tests are run by `make test-web`, which says where everything is");
  return JSON.parse(readFileSync(path, "utf8")) as Told;
}
