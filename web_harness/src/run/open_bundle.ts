// The bundle in the page: every file is fetched once, held against bundle.json, and kept, so that a job goes on offline.

import { readBundle } from "../contract/bundle";
import { checkFetched, photoOf, readManifestOf, readMapOf } from "../contract/bundle_files";
import type { BundleContent, Manifest } from "../contract/documents";
import { BundleRefused } from "../contract/faults";
import type { ClassMap } from "../pixels/arrays";

const PARALLEL = 6;
const MOST_MAPS_BYTES = 48 << 20;
const MOST_BUNDLE_JSON = 64 * 2 ** 20;

/** The link of the page counts no more: the program that made it ended, or was started again. */
export class LinkOver extends Error {}

/** The computer, or the host of the page, was not reached or did not give what it should. */
export class Unreachable extends Error {}

/** A bundle whose every file was checked. */
export class OpenBundle {
  /** By artifact. */
  readonly manifests: readonly Manifest[];
  private readonly maps = new Map<string, ClassMap>();
  private mapsBytes = 0;

  /** Throws BundleRefused where a manifest is none. */
  constructor(
    readonly sha256: string,
    readonly content: BundleContent,
    private readonly files: ReadonlyMap<string, Uint8Array>,
  ) {
    this.manifests = content.artifacts.map(({ manifest }, artifact) =>
      readManifestOf(content, artifact, this.bytes(manifest)),
    );
  }

  /** Return a file's bytes, which are not to be changed. Throws BundleRefused. */
  bytes(name: string): Uint8Array {
    const found = this.files.get(name);
    if (!found) throw new BundleRefused("file-missing", `${name} is not among the bundle's files`);
    return found;
  }

  manifestSha256(artifact: number): string {
    const { manifest } = this.content.artifacts[artifact]!;
    return this.content.files.find((file) => file.name === manifest)?.sha256 ?? "";
  }

  /** Return a label or a golden map at the photo's size, which is not to be changed. Throws BundleRefused. */
  map(name: string, photo: number): ClassMap {
    const known = this.maps.get(name);
    if (known) return known;
    const map = readMapOf(this.content, name, photo, this.bytes(name));
    if (this.isOfSeveralFiles(name) && this.mapsBytes + map.classes.length <= MOST_MAPS_BYTES) {
      this.maps.set(name, map);
      this.mapsBytes += map.classes.length;
    }
    return map;
  }

  /** Labels and networks' maps are looked at for each file, a golden one for its own alone. */
  private isOfSeveralFiles(name: string): boolean {
    return name.startsWith("labels/") || name.startsWith("networks/");
  }

  /** Return all photos at an input's size, one after the other. */
  inputs(input: number): Uint8Array {
    return this.bytes(this.content.inputs[input]!.file);
  }

  /** Return one photo's RGB at an input's size. */
  rgb(input: number, photo: number): Uint8Array {
    return photoOf(this.content, input, photo, this.inputs(input));
  }

  /** Return a photo's file, with its type. */
  async photo(photo: number): Promise<Blob> {
    const { file } = this.content.photos[photo]!;
    return new Blob([this.bytes(file) as Uint8Array<ArrayBuffer>], { type: typeOf(file) });
  }

  /** Return a photo's label; null where it has none. Throws BundleRefused. */
  async label(photo: number): Promise<ClassMap | null> {
    const { label } = this.content.photos[photo]!;
    return label === null ? null : this.map(label, photo);
  }

  /** Return the class map that the computer's run of a file gave. Throws BundleRefused. */
  async golden(artifact: number, photo: number): Promise<ClassMap> {
    return this.map(this.content.golden[artifact]!.maps[photo]!, photo);
  }
}

/** Return the type of a photo by its name, which ends as docs/bundle.md says. */
export function typeOf(file: string): string {
  const ending = file.slice(file.lastIndexOf(".") + 1);
  return ending === "png" || ending === "webp" ? `image/${ending}` : "image/jpeg";
}

/** What fetching is done with. `heard`: of bytes that came, of all. */
export interface Fetching {
  readonly url: string;
  readonly sha256: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly heard?: (bytes: number, all: number) => void;
  readonly signal?: AbortSignal;
}

/** Fetch and check a bundle. Throws BundleRefused, LinkOver, Unreachable. */
export async function fetchBundle(it: Fetching): Promise<OpenBundle> {
  const text = await fetched(it, "bundle.json", MOST_BUNDLE_JSON);
  const { sha256, content } = readBundle(text);
  if (sha256 !== it.sha256) {
    throw new BundleRefused(
      "file-hash",
      "it is another bundle than this page was opened for: open the link again",
    );
  }
  const files = new Map<string, Uint8Array>();
  const all = content.files.reduce((sum, file) => sum + file.size_bytes, 0);
  const left = [...content.files];
  let bytes = 0;
  const work = async () => {
    for (let file = left.shift(); file; file = left.shift()) {
      const data = await fetched(it, file.name, file.size_bytes);
      await checkFetched(content, file.name, data);
      files.set(file.name, data);
      bytes += data.length;
      it.heard?.(bytes, all);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return new OpenBundle(sha256, content, files);
}

async function fetched(it: Fetching, name: string, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const url = it.url + name.split("/").map(encodeURIComponent).join("/");
  let response: Response;
  try {
    response = await fetch(url, { headers: it.headers, cache: "no-store", signal: it.signal ?? null });
  } catch (error) {
    if (it.signal?.aborted) throw error;
    throw new Unreachable(`${name} could not be fetched: nothing answers where this page came from`);
  }
  if (response.status === 401) {
    throw new LinkOver("this link is over: open the one that the computer shows now");
  }
  if (!response.ok || !response.body) {
    throw new Unreachable(`${name} could not be fetched: the answer was ${response.status}`);
  }
  return bounded(response.body, name, mostBytes);
}

/** Read a body that is no longer than it may be: its bytes are counted as they come, whatever its head says. */
async function bounded(
  body: ReadableStream<Uint8Array>,
  name: string,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Unreachable(`${name} came in part only: the connection broke`);
    });
    if (done) break;
    bytes += value.length;
    if (bytes > mostBytes) {
      await reader.cancel().catch(() => undefined);
      throw new BundleRefused("file-size", `${name} has more bytes than are listed`);
    }
    parts.push(value);
  }
  const found = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    found.set(part, at);
    at += part.length;
  }
  return found;
}
