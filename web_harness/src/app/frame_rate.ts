// Frames a second over the last few: one slow frame shows, and none jumps.

const FRAMES = 12;

/** Counts frames by when they were finished. */
export class FrameRate {
  private readonly at_ms: number[] = [];

  took(now_ms: number): void {
    this.at_ms.push(now_ms);
    if (this.at_ms.length > FRAMES) this.at_ms.shift();
  }

  /** Return frames a second; null until there are two. */
  perSecond(): number | null {
    const first = this.at_ms[0];
    const last = this.at_ms.at(-1);
    if (first === undefined || last === undefined || last <= first) return null;
    return ((this.at_ms.length - 1) * 1000) / (last - first);
  }

  /** Return it in words. */
  text(): string {
    const rate = this.perSecond();
    return rate === null ? "first frame" : `${rate.toFixed(1)} frames a second`;
  }
}
