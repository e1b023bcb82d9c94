// Each browser that is here starts, opens a page of this computer and isolates it: else nothing below says anything.

import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { guard } from "./_guarded";
import { chromium, firefox } from "./_opened";
import { told } from "./_told";
import { webkit } from "./_webkit";

const { chromium: chromiumProgram, firefox: firefoxProgram, webkit: webkitProgram } = told();
let server: Server;
let address = "";

beforeAll(async () => {
  server = createServer((_, answer) => {
    answer.writeHead(200, {
      "content-type": "text/html",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    answer.end("<!doctype html><title>small</title><p>here</p>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(() => {
  server.close();
});

it.skipIf(chromiumProgram === undefined)("Chromium opens a page and isolates it", async () => {
  const browser = await chromium(chromiumProgram ?? "");
  try {
    const page = await browser.newPage();
    await page.goto(address);
    expect(await page.evaluate(() => [document.title, crossOriginIsolated])).toEqual(["small", true]);
  } finally {
    await browser.close();
  }
});

it.skipIf(firefoxProgram === undefined)("Firefox opens a page and isolates it", async () => {
  const browser = await firefox(firefoxProgram ?? "");
  try {
    const page = await browser.newPage();
    await page.goto(address);
    expect(await page.evaluate(() => [document.title, crossOriginIsolated])).toEqual(["small", true]);
  } finally {
    await browser.close();
  }
});

it.skipIf(webkitProgram === undefined)("WebKitGTK opens a page", async () => {
  const browser = await webkit(webkitProgram ?? "");
  try {
    await browser.open(address);
    expect(await browser.run<string>("return document.title")).toBe("small");
  } finally {
    await browser.close();
  }
});

it("ends what it started when it is killed", async () => {
  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  const shell = guard(child.pid);
  shell.stdin?.destroy(); // as the pipe ends with its holder
  expect(await ended).toBe("SIGKILL");
});
