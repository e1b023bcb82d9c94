// What the page and a worker say to each other. One worker hears one request; what it answers is checked by run/answers.ts.

import type { Accelerator, AcceleratorPart, Manifest, Passage, Reading } from "../contract/documents";
import type { ClassMap } from "../pixels/arrays";
import type { RuntimeFacts } from "./backend";
import type { TurnEffort } from "./effort";

/** Where the runtimes' WebAssembly lies: folders that end with a slash. */
export interface RuntimeFolders {
  readonly ort: string;
  readonly litert: string;
}

/** A file that a worker is to open. `runtime`: as bundle.json names it. */
export interface ModelAsked {
  readonly model: Uint8Array;
  readonly manifest: Manifest;
  readonly runtime: string;
  readonly accelerator: Accelerator;
  readonly threads: number;
  readonly runtimes: RuntimeFolders;
}

export type StepKind = "first" | "turn";

/** One step: `turn` is a turn; `first` goes on, on the session that was timed, with what `outputs` holds. */
export interface StepAsked extends ModelAsked {
  readonly ask: "step";
  readonly kind: StepKind;
  /** The first photo at the file's input size, RGB. */
  readonly rgb: Uint8Array;
  readonly outputs: OutputsAsked | null;
  readonly effort: TurnEffort;
}

/** What is looked at after the timing: every photo's pixels, one after the other, the photos' sizes, and the first one's file. */
export interface OutputsAsked {
  readonly rgb: Uint8Array;
  readonly photos: readonly { readonly height_px: number; readonly width_px: number }[];
  readonly photo: Uint8Array;
  readonly photo_type: string;
}

/** Open a file and keep it, to look at pictures with it. */
export interface LookAsked extends ModelAsked {
  readonly ask: "look";
}

/** Look at one picture: 8-bit RGB of any size. `id` comes back with its class map. */
export interface PictureAsked {
  readonly ask: "picture";
  readonly id: number;
  readonly height_px: number;
  readonly width_px: number;
  readonly rgb: Uint8Array;
}

export type Asked = StepAsked | LookAsked | PictureAsked;

/** What a loaded file said of itself. */
export interface SessionSeen {
  readonly accelerator: AcceleratorPart;
  readonly threads: number | null;
}

/** What opening took, the first run after it, and the untimed runs before the turn, that one among them. */
export interface Opened {
  readonly runtime_ms: number;
  readonly file_ms: number;
  readonly first_ms: number;
  readonly warm_up_runs: number;
  readonly warm_up_ms: number;
}

/** One turn as it was seen. `offset_ms`: since its step began. */
export interface TurnTaken {
  readonly offset_ms: number;
  readonly before: Reading;
  readonly after: Reading;
  readonly wall_ms: number;
  readonly batch: number;
  readonly at_ms: readonly number[];
  readonly execute_ms: readonly number[];
}

/** What came after the turn. `load_again_ms`: null: see `why`. */
export interface Checked {
  readonly passages: readonly Passage[];
  readonly load_again_ms: number | null;
  readonly why: string;
}

/** What a step found out, as far as it came; null: it did not come to that, or was not asked. */
export interface Answer {
  readonly status: "ok" | "refused" | "failed";
  readonly reason: string;
  readonly clock_step_ms: number | null;
  readonly runtime: RuntimeFacts | null;
  readonly session: SessionSeen | null;
  readonly opened: Opened | null;
  readonly turn: TurnTaken | null;
  readonly checked: Checked | null;
}

export type Phase =
  | "opening"
  | "its first run"
  | "warming up"
  | "measuring"
  | "its outputs"
  | "whole passages"
  | "opening it again";

export type Said =
  | { readonly say: "ready" }
  /** The file that pictures are to be looked at with is open. */
  | { readonly say: "open" }
  | { readonly say: "phase"; readonly phase: Phase }
  /** The file is loaded: what it runs on, before anything that it gives. */
  | { readonly say: "session"; readonly session: SessionSeen }
  /** The class map of a photo, as the `.runs` file of it; `again`: of the first photo, after all others. */
  | { readonly say: "map"; readonly photo: number; readonly again: boolean; readonly runs: Uint8Array }
  | { readonly say: "answer"; readonly answer: Answer }
  | {
      readonly say: "looked";
      readonly id: number;
      readonly map: ClassMap;
      readonly run_ms: number;
      readonly all_ms: number;
    }
  | {
      readonly say: "blind";
      readonly id: number | null;
      readonly status: "refused" | "failed";
      readonly reason: string;
    };
