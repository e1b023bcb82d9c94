// One file at a time is open to look at photos and camera pictures; another choice closes it.

import type { Picture } from "../pixels/arrays";
import type { Looked, Looker } from "../run/looker";
import type { Parts } from "./parts";

/** Looks are taken one after another, whoever asks. */
export class SharedLooker {
  private open: { readonly artifact: number; readonly looker: Looker } | null = null;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: Parts) {}

  /** Return a picture's class map by this file. */
  look(artifact: number, picture: Picture): Promise<Looked> {
    const next = this.last.then(() => this.now(artifact, picture));
    this.last = next.catch(() => undefined);
    return next;
  }

  /** Close what is open, once it is done: a job is to have the device for itself. */
  close(): Promise<void> {
    const next = this.last.then(() => this.drop());
    this.last = next;
    return next;
  }

  private async now(artifact: number, picture: Picture): Promise<Looked> {
    if (this.open?.artifact !== artifact) {
      this.drop();
      this.open = { artifact, looker: await this.parts.openLooker(artifact) };
    }
    try {
      return await this.open.looker.look(picture);
    } catch (error) {
      this.drop(); // What failed once is loaded anew.
      throw error;
    }
  }

  private drop(): void {
    this.open?.looker.close();
    this.open = null;
  }
}
