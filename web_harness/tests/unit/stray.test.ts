// What nobody caught is said; and a row of pictures says that there is more of it.

import { expect, test } from "vitest";
import { moreOf } from "../../src/app/fading";
import { hearStray } from "../../src/app/stray";

function hear(type: string, facts: object): string[] {
  const page = new EventTarget();
  const said: string[] = [];
  hearStray(page, (sentence) => said.push(sentence));
  page.dispatchEvent(Object.assign(new Event(type), facts));
  return said;
}

test("an error that nobody caught is said in words, with its own after them", () => {
  const of = (error: unknown) => hear("error", { error, message: "m", filename: "http://host/page.js" });
  expect(of(new TypeError("x is undefined"))).toEqual([
    expect.stringMatching(/^Something went wrong in this page.*load the page again\. \(x is undefined\)$/),
  ]);
  expect(of(new Error("the storage is gone"))[0]).toMatch(/\(the storage is gone\)$/);
  expect(hear("error", { error: null, message: "Script error.", filename: "" })[0]).toMatch(
    /\(Script error\.\)$/,
  );
});

test("so is a promise that nobody waited for, whatever it was broken with", () => {
  expect(hear("unhandledrejection", { reason: new Error("no more space") })[0]).toMatch(/\(no more space\)$/);
  expect(hear("unhandledrejection", { reason: undefined })[0]).toMatch(/^Something went wrong/);
});

test("an error of a browser's extension is none of the page's", () => {
  expect(hear("error", { error: new Error("x"), filename: "chrome-extension://abc/a.js" })).toEqual([]);
});

test("a row that can be scrolled says at which sides there is more", () => {
  const row = (scrollLeft: number) => moreOf({ scrollLeft, scrollWidth: 500, clientWidth: 300 });
  expect([row(0), row(100), row(199)]).toEqual([
    { before: false, after: true },
    { before: true, after: true },
    { before: true, after: false },
  ]);
  expect(moreOf({ scrollLeft: 0, scrollWidth: 300.6, clientWidth: 300 })).toEqual({
    before: false,
    after: false,
  });
});
