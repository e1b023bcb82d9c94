// What one step does: it loads one file, takes its turn, looks at its outputs where that was asked, and leaves an answer.

import type { Manifest, Passage } from "../contract/documents";
import type { ClassMap, Picture, RawOutput } from "../pixels/arrays";
import { type Backend, CannotRun, type Session } from "./backend";
import type { Answer, Checked, OutputsAsked, Phase, Said, StepAsked } from "./messages";
import { type TurnTools, takeTurn } from "./turn_taker";
import { warmUp } from "./warm_up";

/** What a step is done with: the pixels' and the method's own functions, and this worker's clock. */
export interface StepTools extends TurnTools {
  /** The clock's step in ms. */
  stepMs(): number;
  inputTensor(picture: Picture, manifest: Manifest): Uint8Array;
  /** The class map at a size; throws where an output is not what the manifest promises. */
  classMap(
    outputs: readonly RawOutput[],
    manifest: Manifest,
    height_px: number,
    width_px: number,
  ): { readonly map: ClassMap; readonly not_finite: number };
  encode(map: ClassMap): Uint8Array;
  /** Decode a photo so that it stands upright, and resize it. Throws CannotRun where this browser cannot. */
  decode(photo: Uint8Array, type: string): Promise<Picture>;
  resize(picture: Picture, height_px: number, width_px: number): Picture;
}

/** Do what was asked, and return what came of it: whatever goes wrong is in the answer, as long as the worker lives. */
export async function takeStep(
  asked: StepAsked,
  backend: Backend | null,
  tools: StepTools,
  say: (said: Said, moved?: ArrayBuffer[]) => void,
): Promise<Answer> {
  const step = new Step(asked, tools, say);
  try {
    if (!backend) throw new CannotRun(`this page has no runtime ${asked.runtime}; it has ort and litert`);
    await step.work(backend);
  } catch (error) {
    step.failed(error);
  }
  return step.found;
}

class Step {
  found: Answer = {
    status: "ok",
    reason: "",
    clock_step_ms: null,
    runtime: null,
    session: null,
    opened: null,
    turn: null,
    checked: null,
  };
  private readonly began: number;

  constructor(
    private readonly asked: StepAsked,
    private readonly tools: StepTools,
    private readonly say: (said: Said, moved?: ArrayBuffer[]) => void,
  ) {
    this.began = tools.now();
  }

  async work(backend: Backend): Promise<void> {
    const { asked, tools } = this;
    const { manifest } = asked;
    if (manifest.inputs.length !== 1) {
      throw new CannotRun(`it takes ${manifest.inputs.length} inputs, and a photo is one`);
    }
    const stepMs = tools.stepMs();
    this.know({ clock_step_ms: stepMs });
    this.phase("opening");
    const wanted = { ...asked, runtimes_url: asked.runtimes[asked.runtime === "ort" ? "ort" : "litert"] };
    const session = await backend.open(wanted);
    const seen = { accelerator: session.accelerator, threads: session.threads };
    this.know({ runtime: session.facts, session: seen });
    this.say({ say: "session", session: seen });
    this.phase("its first run");
    session.fill(this.input(asked.rgb, 0));
    const run = () => session.run();
    const start = tools.now();
    await run();
    const first_ms = tools.now() - start;
    outputsOf(session);
    this.phase("warming up");
    const warm = await warmUp(run, tools.now, stepMs, asked.effort, () => this.phase("warming up"));
    this.know({
      opened: {
        ...session.opening,
        first_ms,
        warm_up_runs: 1 + warm.runs,
        warm_up_ms: warm.took_ms,
      },
    });
    this.phase("measuring");
    this.know({ turn: await takeTurn(run, tools, asked.effort, warm.run_ms, this.began) });
    if (asked.outputs) this.know({ checked: await this.check(session, asked.outputs, backend) });
    else session.close();
  }

  failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.know({
      status: error instanceof CannotRun ? "refused" : "failed",
      reason: reason || "it gave no reason",
    });
  }

  private async check(session: Session, outputs: OutputsAsked, backend: Backend): Promise<Checked> {
    // before the class maps: the page judges those while this worker goes on, and would be timed with it
    this.phase("whole passages");
    const passages = await this.passages(session, outputs);
    this.phase("its outputs");
    await this.keepMaps(session, outputs);
    session.close();
    this.phase("opening it again");
    const { asked } = this;
    const again = await backend.open({
      ...asked,
      runtimes_url: asked.runtimes[asked.runtime === "ort" ? "ort" : "litert"],
    });
    const load_again_ms = again.opening.runtime_ms;
    again.close();
    return { passages, load_again_ms, why: "" };
  }

  /** Give each photo's class map, and the first's once more: A, B, ..., A. An output is read before the next run. */
  private async keepMaps(session: Session, outputs: OutputsAsked): Promise<void> {
    const count = outputs.photos.length;
    for (let place = 0; place <= count; place += 1) {
      const photo = place % count;
      session.fill(this.input(outputs.rgb, photo));
      await session.run();
      const runs = this.tools.encode(this.map(session, outputs, photo));
      this.say({ say: "map", photo, again: place === count, runs }, [runs.buffer as ArrayBuffer]);
    }
  }

  /** Go the whole way from the first photo's file to its class map, some times; never where it cannot be decoded. */
  private async passages(session: Session, outputs: OutputsAsked): Promise<Passage[]> {
    const found: Passage[] = [];
    const { now, decode, resize, inputTensor } = this.tools;
    const { manifest } = this.asked;
    try {
      for (let one = 0; one < this.asked.effort.passages; one += 1) {
        const start = now();
        const decoded = await decode(outputs.photo, outputs.photo_type);
        const small = resize(decoded, manifest.input_height_px, manifest.input_width_px);
        session.fill(inputTensor(small, manifest));
        const filled = now();
        await session.run();
        const ran = now();
        this.map(session, outputs, 0);
        const done = now();
        found.push({
          at_s: (start - this.began) / 1e3,
          pre_ms: filled - start,
          execute_ms: ran - filled,
          post_ms: done - ran,
        });
      }
    } catch (error) {
      if (!(error instanceof CannotRun)) throw error;
      return [];
    }
    return found;
  }

  private map(session: Session, outputs: OutputsAsked, photo: number): ClassMap {
    const { height_px, width_px } = outputs.photos[photo]!;
    const found = this.tools.classMap(outputsOf(session), this.asked.manifest, height_px, width_px);
    if (found.not_finite > 0)
      throw new Error(`photo ${photo} gave ${found.not_finite} values that are not finite`);
    return found.map;
  }

  private input(rgb: Uint8Array, photo: number): Uint8Array {
    const { input_height_px: height_px, input_width_px: width_px } = this.asked.manifest;
    const size = height_px * width_px * 3;
    const picture = { height_px, width_px, rgb: rgb.subarray(photo * size, (photo + 1) * size) };
    if (picture.rgb.length !== size) throw new Error(`photo ${photo} is not of the input's size`);
    return this.tools.inputTensor(picture, this.asked.manifest);
  }

  private phase(phase: Phase): void {
    this.say({ say: "phase", phase });
  }

  private know(more: Partial<Answer>): void {
    this.found = { ...this.found, ...more };
  }
}

/** Return the last run's outputs, of which there is at least one. */
export function outputsOf(session: Session): RawOutput[] {
  const found = session.outputs();
  if (found.length === 0) throw new Error("the runtime gave no output");
  return found;
}
