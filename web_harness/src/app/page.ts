// The page once its bundle is open: which part hears what of a job.

import type { ClassMap } from "../pixels/arrays";
import type { JobHeard } from "../run/job";
import type { JobSeen, RunningJob } from "../run/seen";
import type { Unsent } from "../run/sending";
import { Announcer } from "./announcer";
import { CameraView } from "./camera_view";
import { connectionOf, type Here } from "./connection";
import { el, fill, section } from "./dom";
import { connectionView, headline } from "./header_view";
import { JobView } from "./job_view";
import { KeptMaps } from "./kept_maps";
import { MasksView } from "./masks_view";
import { faultText, PageFault } from "./page_faults";
import type { OpenedBundle, Parts } from "./parts";
import { PhotoView } from "./photo_view";
import { plain } from "./plain";
import { SharedLooker } from "./shared_looker";
import { type Delivery, nameOf, tableOf } from "./table_model";
import { TableView } from "./table_view";

const WAITS = "This waits while files are measured: it would disturb them.";

const SAVING =
  "Save the results, and on the computer take them into a table: `pocketseg device import RESULTS.zip --bundle BUNDLE --out DIR`.";

/** The page of an open bundle. */
export class Page implements JobHeard {
  private readonly maps = new KeptMaps();
  private readonly table = new TableView();
  private readonly job: JobView;
  private readonly masks: MasksView;
  private readonly photo: PhotoView;
  private readonly camera: CameraView;
  private readonly looker: SharedLooker;
  private readonly announcer: Announcer;
  private readonly deliveries = new Map<number, Delivery>();
  private running: RunningJob | null = null;
  private seen: JobSeen | null = null;
  private isBusy = false;
  private isCancelled = false;
  private drawAsked = false;

  constructor(
    private readonly parts: Parts,
    private readonly bundle: OpenedBundle,
    here: Here,
    header: HTMLElement,
    main: HTMLElement,
  ) {
    const connection = connectionOf(here);
    const noCamera = connection.losses.find((loss) => loss.what === "No live camera") ?? null;
    this.looker = new SharedLooker(parts);
    this.announcer = new Announcer((run) => nameOf(run, bundle.content, bundle.manifests));
    this.job = new JobView(
      { begin: () => void this.begin(), cancel: () => this.cancel(), save: () => void this.save() },
      here.has_wake_lock,
      parts.session.mode === "static" ? SAVING : "",
    );
    this.masks = new MasksView(bundle, this.maps);
    this.photo = new PhotoView(parts, bundle, this.looker);
    this.camera = new CameraView(bundle, this.looker, noCamera);
    fill(header, ...headline(bundle));
    fill(
      main,
      el(
        "div",
        { class: "two" },
        this.job.root,
        section("connection", `This connection: ${connection.title}`, ...connectionView(connection)),
      ),
      this.table.root,
      this.masks.root,
      el("div", { class: "two" }, this.photo.root, this.camera.root),
      this.announcer.root,
    );
  }

  /** Begin by itself where the link was opened for that, or where a job was left in the middle. */
  async open(): Promise<void> {
    this.job.keeping(await this.parts.keepsResults(() => this.job.keepsNoLonger()));
    const isServed = this.parts.session.mode === "serve";
    const isLeft = await this.parts.hasUnfinished();
    if (isServed && !this.parts.isReload) {
      // What an earlier job has left goes first: a new one takes its place.
      if (!isLeft) await this.parts.sendKept(this).catch(() => undefined);
      return this.begin();
    }
    if (isServed && isLeft) return this.begin();
    if (!isLeft && (await this.parts.tellKept(this))) {
      this.draw();
      return this.parts.sendKept(this);
    }
    if (isLeft) this.job.waits("A measurement was left in the middle; it goes on where it was.", "Go on");
    else this.job.waits("Nothing was measured yet.", "Measure");
  }

  onJob(seen: JobSeen): void {
    if (seen.job !== this.seen?.job) this.forget();
    this.seen = seen;
    this.announcer.update(seen);
    this.drawSoon();
  }

  /** Another job begins: what the one before it gave is its own. */
  private forget(): void {
    this.deliveries.clear();
    this.maps.clear();
    this.announcer.forget();
    this.masks.renew();
  }

  onMap(run: number, photo: number, map: ClassMap): void {
    this.maps.put(run, photo, map);
    this.masks.came(run, photo);
  }

  onRecord(run: number): void {
    if (this.deliveries.get(run) !== "taken") this.deliveries.set(run, "kept");
    this.drawSoon();
  }

  onTaken(run: number): void {
    this.deliveries.set(run, "taken");
    this.drawSoon();
  }

  onUnsent(why: Unsent | null): void {
    this.job.sending(why, why === null ? "" : unsentWords(why));
  }

  private async begin(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.isCancelled = false;
    this.job.begins();
    this.wait(WAITS);
    try {
      await this.looker.close();
      const running = await this.parts.start(this);
      this.running = running;
      if (this.isCancelled) running.cancel();
      this.onJob(await running.ended);
      this.over();
      this.draw();
    } catch (error) {
      this.over();
      this.draw();
      const fault = error instanceof PageFault ? faultText(error.kind) : null;
      this.job.waits(fault?.title ?? "It did not begin", "Try again");
      this.job.failed(fault?.text ?? plain(error, "Something went wrong in this page. Load it again."));
    }
  }

  private over(): void {
    this.isBusy = false;
    this.running = null;
    this.wait(null);
  }

  private cancel(): void {
    this.isCancelled = true;
    this.job.ending();
    this.running?.cancel();
  }

  private async save(): Promise<void> {
    try {
      const { name, blob } = await this.parts.resultsZip();
      const url = URL.createObjectURL(blob);
      const link = el("a", { href: url, download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000); // Safari reads it after the click.
    } catch (error) {
      this.job.failed(plain(error, "The results could not be put into a file."));
    }
  }

  private wait(why: string | null): void {
    this.photo.block(why);
    this.camera.block(why);
  }

  /** Draw at the next frame: many steps may end in one. */
  private drawSoon(): void {
    if (document.visibilityState === "hidden") {
      this.draw(); // a hidden page has no frames
      return;
    }
    if (this.drawAsked) return;
    this.drawAsked = true;
    requestAnimationFrame(() => {
      this.drawAsked = false;
      this.draw();
    });
  }

  private draw(): void {
    const { seen } = this;
    if (seen === null) return;
    const isOver = seen.state !== "running" && seen.state !== "paused";
    this.table.update(
      tableOf({
        content: this.bundle.content,
        manifests: this.bundle.manifests,
        rows: seen.rows,
        deliveries: this.deliveries,
        is_over: isOver,
        mode: this.parts.session.mode,
      }),
    );
    if (!isOver || !this.isBusy) this.job.update(seen, this.deliveries.size > 0);
  }
}

/** Return what is said where records do not reach the computer. */
export function unsentWords(why: Unsent): string {
  switch (why.kind) {
    case "over":
      return "This link is over. What is measured stays in this browser; open the new link of `pocketseg serve` for the same files, and it is sent.".replaceAll(
        "`",
        "",
      );
    case "gone":
      return "The computer does not answer. What is measured stays in this browser and is sent when it is back.";
    case "refused":
      return `The computer did not take a record: ${why.message}`;
  }
}
