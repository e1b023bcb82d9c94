// The maps that came in so far, as runs of equal pixels: hundreds of them as pixels would fill a phone's memory.

import type { ClassMap } from "../pixels/arrays";

// Above the class's 8 bits a run's length takes 24.
const MOST_LENGTH = 2 ** 24 - 1;

interface Packed {
  readonly height_px: number;
  readonly width_px: number;
  readonly runs: Uint32Array;
}

/** Maps by run and photo. */
export class KeptMaps {
  private readonly maps = new Map<string, Packed>();

  /** Keep a map, in place of one that was there. */
  put(run: number, photo: number, map: ClassMap): void {
    this.maps.set(`${run}/${photo}`, pack(map));
  }

  /** Whether there is one. */
  has(run: number, photo: number): boolean {
    return this.maps.has(`${run}/${photo}`);
  }

  /** Return a map; null where it has not come. */
  get(run: number, photo: number): ClassMap | null {
    const packed = this.maps.get(`${run}/${photo}`);
    return packed === undefined ? null : unpack(packed);
  }

  clear(): void {
    this.maps.clear();
  }
}

function pack(map: ClassMap): Packed {
  const runs: number[] = [];
  const { classes } = map;
  let from = 0;
  for (let at = 1; at <= classes.length; at += 1) {
    if (at < classes.length && classes[at] === classes[from] && at - from < MOST_LENGTH) continue;
    runs.push((at - from) * 256 + classes[from]!);
    from = at;
  }
  return { height_px: map.height_px, width_px: map.width_px, runs: Uint32Array.from(runs) };
}

function unpack(packed: Packed): ClassMap {
  const classes = new Uint8Array(packed.height_px * packed.width_px);
  let at = 0;
  for (const run of packed.runs) {
    const length = run >>> 8;
    classes.fill(run & 255, at, at + length);
    at += length;
  }
  return { height_px: packed.height_px, width_px: packed.width_px, classes };
}
