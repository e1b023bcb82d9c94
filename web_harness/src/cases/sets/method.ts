// The cases of the method: draws, percentiles, intervals, comparisons, disturbance, figures, what was seen, verdicts.

import type { Reading, StatePart, Turn, TurnDevice } from "../../contract/documents";
import { plain } from "../../contract/json";
import { type Conditions, NOTHING_SEEN, withSeen } from "../../method/conditions";
import { type Difference, differenceOfMiou, ratio, unpairedRatio } from "../../method/differences";
import { disturbanceOf } from "../../method/disturbance";
import { draw } from "../../method/draws";
import { type Interval, intervalOfMedian, intervalOfMiou } from "../../method/intervals";
import { percentile } from "../../method/samples";
import { isEnough, type Statistics, statisticsOf } from "../../method/statistics";
import { verdictOf } from "../../method/verdict";
import { type Confusion, miou, totalOf } from "../../pixels/confusion";
import { type CaseFolder, type CaseResult, expectEqual, expectNear, runSet } from "../case";
import type { Said } from "../said";

/** Return how every case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runSet(folder, "method", {
    draws,
    percentile: (said) => {
      expectNear(
        percentile(said.numbers("values"), said.number("percent")),
        said.number("is"),
        "the percentile",
      );
    },
    median_interval: (said) =>
      expectEnds(intervalOfMedian(said.numberLists("turns")), plain(said.list("is"))),
    ratio: ratios,
    miou: mious,
    disturbance,
    statistics,
    seen,
    verdict,
  });
}

function draws(said: Said): void {
  const wanted = said.numbers("first");
  const count = said.number("count");
  expectEqual(
    wanted.map((_, place) => draw(place, count)),
    wanted,
    "what is drawn",
  );
}

function ratios(said: Said): void {
  const rule = said.text("rule") === "ratio" ? ratio : unpairedRatio;
  const [first, second] = [said.numberLists("first"), said.numberLists("second")];
  expectDifference(rule(first, second, said.number("pairs"), said.number("allowance")), said.table("is"));
}

function mious(said: Said): void {
  const [first, second] = [matrices(said, "first"), matrices(said, "second")];
  expectNear(miou(totalOf(first, first[0]!.classes)), said.numberOrNull("miou"), "the mIoU");
  expectEnds(intervalOfMiou(first), plain(said.list("interval")));
  expectDifference(differenceOfMiou(first, second, said.number("pairs")), said.table("difference"));
}

function disturbance(said: Said): void {
  const turn = plain(said.table("turn").fields) as Turn;
  const found = disturbanceOf(turn, reading(said), said.number("threads"));
  expectEqual(found === null, said.bool("undisturbed"), "undisturbed");
}

function statistics(said: Said): void {
  const turns = plain(said.list("turns")) as readonly Turn[];
  const [best, threads] = [reading(said), said.number("threads")];
  const found = statisticsOf(turns, best, threads);
  const wanted = said.table("is");
  for (const name of wanted.names()) {
    expectNear(found[name as keyof Statistics], wanted.numberOrNull(name), name);
  }
  expectEqual(isEnough(turns, best, threads), said.bool("is_enough"), "whether it is enough");
  const judged = verdictOf(found, NOTHING_SEEN);
  expectEqual(judged.kind, said.text("verdict"), "the verdict");
  expectEqual(judged.reasons.length, said.number("reasons"), "the number of reasons");
}

function seen(said: Said): void {
  const state = (name: string) => plain(said.value(name)) as StatePart | null;
  const turns = (plain(said.list("turns")) as TurnDevice[]).map((device) => ({ device }));
  const found = withSeen(NOTHING_SEEN, state("start"), turns, state("end"));
  const wanted = said.table("is");
  for (const name of wanted.names()) {
    expectEqual(found[name as keyof Conditions], plain(wanted.value(name)), name);
  }
}

function verdict(said: Said): void {
  const [found, conditions] = ["statistics", "conditions"].map((name) => plain(said.table(name).fields));
  const judged = verdictOf(found as Statistics, conditions as Conditions);
  expectEqual(judged.kind, said.text("is"), "the verdict");
  expectEqual(judged.reasons, said.texts("reasons"), "its reasons");
}

function reading(said: Said): Reading {
  return plain(said.table("best").fields) as Reading;
}

function matrices(said: Said, name: string): Confusion[] {
  const rows = plain(said.list(name)) as readonly (readonly (readonly number[])[])[];
  return rows.map((matrix) => ({ classes: matrix.length, counts: matrix.flat() }));
}

function expectEnds(found: Interval | null, wanted: unknown): void {
  const [low, high] = wanted as [number | null, number | null];
  expectNear(found?.low ?? null, low, "the lower end");
  expectNear(found?.high ?? null, high, "the upper end");
}

function expectDifference(found: Difference, wanted: Said): void {
  expectNear(found.value, wanted.number("value"), "the value");
  expectEnds(found.interval, [wanted.numberOrNull("low"), wanted.numberOrNull("high")]);
  expectEqual(found.is_shown, wanted.bool("shown"), "whether it is shown");
}
