// What a job runs with: its bundle and journal, the workers, the page, the clock; and why it may stop in the middle.

import type { JobEffort } from "./effort";
import type { Journal } from "./journal";
import type { Launcher } from "./launcher";
import type { Reach } from "./reach";
import type { Making } from "./record_maker";
import type { Listener } from "./seen";
import type { Sending } from "./sending";
import type { Store } from "./store";
import type { Watch } from "./watch";

/** Time as a driver takes it: `nowMs` never jumps; `epochMs` is the device's clock. */
export interface Clock {
  nowMs(): number;
  epochMs(): number;
}

/** What a job runs with. `page`: this opening of the page. `earlierS`: seconds that earlier openings took. */
export interface Driving {
  readonly making: Making;
  readonly journal: Journal;
  readonly store: Store;
  readonly launcher: Launcher;
  readonly watch: Watch;
  readonly reach: Reach;
  readonly clock: Clock;
  readonly sending: Sending | null;
  readonly listener: Listener;
  readonly effort: JobEffort;
  readonly runtimes: { readonly ort: string; readonly litert: string };
  readonly page: string;
  readonly earlierS: number;
}

/** Why a job stops in the middle of its plan. */
export class Stop extends Error {
  constructor(
    readonly state: "cancelled" | "failed" | "left",
    message: string,
  ) {
    super(message);
  }
}
