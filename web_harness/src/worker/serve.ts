// A worker's life: it hears what is asked, does it, says what came of it. Which backends it has, its entry file says.

import { type Backend, CannotRun } from "./backend";
import { Looking } from "./looking";
import type { Asked, Said } from "./messages";
import { type StepTools, takeStep } from "./step";

/** A dedicated worker's global, as far as it is used. */
export interface Scope {
  onmessage: ((event: { data: Asked }) => void) | null;
  postMessage(said: Said, moved: ArrayBuffer[]): void;
}

/** Answer what the page asks. `backendOf`: by the runtime's name in bundle.json; null for one that is not here. */
export function serve(scope: Scope, backendOf: (runtime: string) => Backend | null, tools: StepTools): void {
  const say = (said: Said, moved: ArrayBuffer[] = []) => scope.postMessage(said, moved);
  let looking: Promise<Looking> | null = null;
  let last: Promise<void> = Promise.resolve();
  scope.onmessage = ({ data }) => {
    last = last.then(() => hear(data)); // one at a time: a session is no one's but one caller's
  };
  say({ say: "ready" });

  async function hear(asked: Asked): Promise<void> {
    if (asked.ask === "step") {
      const answer = await takeStep(asked, backendOf(asked.runtime), tools, say);
      say({ say: "answer", answer });
      return;
    }
    try {
      if (asked.ask === "look") {
        looking = Looking.open(asked, backendOf(asked.runtime), tools);
        await looking;
        say({ say: "open" });
      } else {
        if (!looking) throw new Error("no file was opened to look at pictures with");
        const said = await (await looking).look(asked);
        say(said, said.say === "looked" ? [said.map.classes.buffer as ArrayBuffer] : []);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const status = error instanceof CannotRun ? "refused" : "failed";
      say({ say: "blind", id: asked.ask === "picture" ? asked.id : null, status, reason });
    }
  }
}
