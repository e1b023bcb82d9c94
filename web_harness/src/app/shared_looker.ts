// One file at a time is open to look at photos and camera pictures; another choice closes it.

import type { Picture } from "../pixels/arrays";
import type { Looked, Looker } from "../run/looker";
import type { Parts } from "./parts";

/** A look that was broken off, as the device is wanted for a measurement. */
export class BrokenOff extends Error {}

/** Looks are taken one after another, whoever asks. */
export class SharedLooker {
  private open: { readonly artifact: number; readonly looker: Looker } | null = null;
  private last: Promise<unknown> = Promise.resolve();
  /** How often all was closed: a look that was asked for before is taken no more. */
  private closings = 0;

  constructor(private readonly parts: Pick<Parts, "openLooker">) {}

  /** Return a picture's class map by this file. Throws BrokenOff where all is closed meanwhile. */
  look(artifact: number, picture: Picture): Promise<Looked> {
    const asked = this.closings;
    const next = this.last.then(() => this.now(artifact, picture, asked));
    this.last = next.catch(() => undefined);
    return next;
  }

  /** Close what is open, and break off what is looked at: a job is to have the device for itself, and at once. */
  close(): Promise<void> {
    this.closings += 1;
    this.drop();
    const next = this.last.then(() => this.drop());
    this.last = next;
    return next;
  }

  private async now(artifact: number, picture: Picture, asked: number): Promise<Looked> {
    this.goesOn(asked);
    if (this.open?.artifact !== artifact) {
      this.drop();
      this.open = { artifact, looker: await this.parts.openLooker(artifact) };
      this.goesOn(asked);
    }
    try {
      return await this.open.looker.look(picture);
    } catch (error) {
      this.goesOn(asked);
      this.drop(); // What failed once is loaded anew.
      throw error;
    }
  }

  private goesOn(asked: number): void {
    if (asked === this.closings) return;
    this.drop();
    throw new BrokenOff("it was broken off");
  }

  private drop(): void {
    this.open?.looker.close();
    this.open = null;
  }
}
