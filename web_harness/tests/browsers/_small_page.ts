// A page of a test's own, made of the page's own code: one script and nothing beside it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { scratch } from "./_came";
import { told } from "./_told";

/** Build a page of one of these tests' scripts; return its folder. */
export async function smallPage(script: string): Promise<string> {
  const folder = scratch();
  const root = join(told().checkout, "web_harness");
  await build({
    configFile: false,
    logLevel: "error",
    root,
    publicDir: false,
    build: {
      lib: { entry: join(root, "tests", "browsers", script), formats: ["es"], fileName: () => "page.js" },
      outDir: folder,
      target: ["chrome115", "firefox115", "safari16.4"],
    },
  });
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><title>x</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
  );
  return folder;
}
