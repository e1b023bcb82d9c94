// The page of `pocketseg export-page`, and a web host that knows nothing but files: with the headers it names, or without.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { python, scratch } from "./_came";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** A host that runs. `url`: of the page, with a slash at its end. */
export interface Hosted {
  readonly url: string;
  close(): void;
}

/** Return the folder of the exported page of a bundle; `page`: another build of it. */
export async function exported(bundle: string, page?: string): Promise<string> {
  const out = join(scratch(), "page");
  await python(["-m", "scripts.web", "static", bundle, out, ...(page === undefined ? [] : [page])]);
  return out;
}

/** Return a copy of a bundle that asks for this many threads. */
export function asking(bundle: string, threads: number): string {
  const copy = join(scratch(), "bundle");
  cpSync(bundle, copy, { recursive: true });
  const path = join(copy, "bundle.json");
  const content = JSON.parse(readFileSync(path, "utf8"));
  for (const run of content.job.runs) run.threads = threads;
  writeFileSync(path, JSON.stringify(content));
  return copy;
}

/** Serve a folder below a path, as hosts do. `named`: whether it sends the headers that the folder's _headers names. */
export async function hosted(
  folder: string,
  named: "as named" | "none",
  below = "/shop/nets/",
): Promise<Hosted> {
  const headers = named === "as named" ? headersOf(folder) : () => ({});
  const server = createServer((asked, answer) => {
    const path = new URL(asked.url ?? "/", "http://host").pathname;
    const name = path.startsWith(below) ? path.slice(below.length) || "index.html" : null;
    const file = name === null ? null : read(join(folder, normalize(`/${decodeURIComponent(name)}`)));
    if (file === null) return answer.writeHead(404).end();
    return answer
      .writeHead(200, {
        ...headers(name ?? ""),
        "content-type": TYPES[extname(name ?? "")] ?? "application/octet-stream",
      })
      .end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${below}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Return which headers a file's name gets, as Netlify and Cloudflare Pages read them: of every pattern that it matches. */
function headersOf(folder: string): (name: string) => Record<string, string> {
  const sections: { start: string; headers: [string, string][] }[] = [];
  for (const line of readFileSync(join(folder, "_headers"), "utf8").split("\n")) {
    const [, name, value] = /^\s+([\w-]+): (.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) sections.at(-1)!.headers.push([name, value]);
    else if (line !== "") sections.push({ start: line.replace(/^\/|\*$/g, ""), headers: [] });
  }
  return (name) =>
    Object.fromEntries(
      sections.filter(({ start }) => name.startsWith(start)).flatMap(({ headers }) => headers),
    );
}

function read(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}
