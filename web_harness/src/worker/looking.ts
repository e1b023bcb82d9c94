// Keeps one file open and gives the class map of each picture that it is shown: for people, and never timed for a record.

import type { ClassMap } from "../pixels/arrays";
import { type Backend, CannotRun, type Session } from "./backend";
import type { LookAsked, PictureAsked, Said } from "./messages";
import { outputsOf, type StepTools } from "./step";

/** An open file that looks at pictures. */
export class Looking {
  private constructor(
    private readonly session: Session,
    private readonly asked: LookAsked,
    private readonly tools: StepTools,
  ) {}

  /** Open a file. Throws CannotRun, and what the runtime throws. */
  static async open(asked: LookAsked, backend: Backend | null, tools: StepTools): Promise<Looking> {
    if (!backend) throw new CannotRun(`this page has no runtime ${asked.runtime}; it has ort and litert`);
    if (asked.manifest.inputs.length !== 1) {
      throw new CannotRun(`it takes ${asked.manifest.inputs.length} inputs, and a photo is one`);
    }
    const folder = asked.runtimes[asked.runtime === "ort" ? "ort" : "litert"];
    return new Looking(await backend.open({ ...asked, runtimes_url: folder }), asked, tools);
  }

  /** Return the class map of a picture at the picture's own size, and how long that took. */
  async look(picture: PictureAsked): Promise<Said> {
    const { tools } = this;
    const { manifest } = this.asked;
    const began = tools.now();
    const small = tools.resize(picture, manifest.input_height_px, manifest.input_width_px);
    this.session.fill(tools.inputTensor(small, manifest));
    const start = tools.now();
    await this.session.run();
    const ran = tools.now();
    const outputs = outputsOf(this.session);
    const found = tools.classMap(outputs, manifest, picture.height_px, picture.width_px);
    if (found.not_finite > 0)
      throw new Error(`the picture gave ${found.not_finite} values that are not finite`);
    const map: ClassMap = found.map;
    return { say: "looked", id: picture.id, map, run_ms: ran - start, all_ms: tools.now() - began };
  }
}
