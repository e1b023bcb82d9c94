// A look at one's own photo beside a measurement: it is broken off at once, never left without an end.

import { expect, test } from "vitest";
import { BrokenOff, SharedLooker } from "../../src/app/shared_looker";
import type { Picture } from "../../src/pixels/arrays";
import type { Looked, Looker } from "../../src/run/looker";

const PICTURE: Picture = { height_px: 1, width_px: 1, rgb: new Uint8Array(3) };
const LOOKED = { run_ms: 1 } as unknown as Looked;

/** A file whose looks last until it is closed. */
function endless(): Looker {
  let end: (why: Error) => void = () => undefined;
  return {
    look: () =>
      new Promise((_, reject) => {
        end = reject;
      }),
    close: () => end(new Error("the file was closed")),
  };
}

test("a look that takes long is broken off where a measurement begins, and those behind it are not begun", async () => {
  let opened = 0;
  const shared = new SharedLooker({
    openLooker: async () => {
      opened += 1;
      return endless();
    },
  });
  const looks = [shared.look(0, PICTURE), shared.look(1, PICTURE)].map((look) =>
    look.catch((error) => error),
  );
  await new Promise((resolve) => setTimeout(resolve));
  await shared.close();
  for (const look of looks) expect(await look).toBeInstanceOf(BrokenOff);
  expect(opened).toBe(1);
});

test("a file that was being opened as a measurement began is closed, and a later look opens it anew", async () => {
  let open: (looker: Looker) => void = () => undefined;
  let closed = 0;
  const looker: Looker = { look: async () => LOOKED, close: () => (closed += 1) };
  const shared = new SharedLooker({ openLooker: () => new Promise((resolve) => (open = resolve)) });
  const look = shared.look(0, PICTURE).catch((error) => error);
  await new Promise((resolve) => setTimeout(resolve));
  const closing = shared.close();
  open(looker);
  await closing;
  expect(await look).toBeInstanceOf(BrokenOff);
  expect(closed).toBe(1);
  const again = shared.look(0, PICTURE);
  await new Promise((resolve) => setTimeout(resolve));
  open(looker);
  expect(await again).toBe(LOOKED);
});

test("what a file itself does wrong is said as it is", async () => {
  const looker: Looker = { look: () => Promise.reject(new Error("out of memory")), close: () => undefined };
  const shared = new SharedLooker({ openLooker: async () => looker });
  await expect(shared.look(0, PICTURE)).rejects.toThrow("out of memory");
});
