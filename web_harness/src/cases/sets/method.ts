// The set `method`: draws, percentiles, intervals, comparisons, disturbance, figures and verdicts.
import type { Reading, StatePart, Turn, TurnDevice } from "../../contract/documents";
import { type Conditions, NOTHING_SEEN, withSeen } from "../../method/conditions";
import { type Difference, differenceOfMiou, ratio, unpairedRatio } from "../../method/differences";
import { disturbanceOf } from "../../method/disturbance";
import { draw } from "../../method/draws";
import { type Interval, intervalOfMedian, intervalOfMiou } from "../../method/intervals";
import { percentile } from "../../method/samples";
import { isEnough, type Statistics, statisticsOf } from "../../method/statistics";
import { verdictOf } from "../../method/verdict";
import { type Confusion, miou, totalOf } from "../../pixels/confusion";
import { type CaseFolder, type CaseResult, expectNear, expectSame, runLists } from "../pixel_frame";

type Ends = readonly [number | null, number | null];
type Runs = readonly (readonly number[])[];
type Matrix = readonly (readonly number[])[];

interface SaidDifference {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly shown: boolean;
}

interface RatioCase {
  readonly rule: "ratio" | "unpaired_ratio";
  readonly first: Runs;
  readonly second: Runs;
  readonly pairs: number;
  readonly allowance: number;
  readonly is: SaidDifference;
}

interface MiouCase {
  readonly first: readonly Matrix[];
  readonly second: readonly Matrix[];
  readonly miou: number | null;
  readonly interval: Ends;
  readonly pairs: number;
  readonly difference: SaidDifference;
}

interface Measured {
  readonly best: Reading;
  readonly threads: number;
}

interface StatisticsCase extends Measured {
  readonly turns: readonly Turn[];
  readonly is: Statistics;
  readonly is_enough: boolean;
  readonly verdict: string;
  readonly reasons: number;
}

interface SeenCase {
  readonly start: StatePart | null;
  readonly turns: readonly TurnDevice[];
  readonly end: StatePart | null;
  readonly is: Pick<Conditions, "frequency" | "thermal" | "low_power" | "hidden">;
}

interface VerdictCase {
  readonly statistics: Statistics;
  readonly conditions: Conditions;
  readonly is: string;
  readonly reasons: readonly string[];
}

/** Return how each case came out. */
export function run(folder: CaseFolder): CaseResult[] {
  return runLists("method", folder, {
    draws: (said: { readonly count: number; readonly first: readonly number[] }) => {
      const found = said.first.map((_, place) => draw(place, said.count));
      expectSame(found, said.first, "what is drawn");
    },
    percentile: (said: {
      readonly values: readonly number[];
      readonly percent: number;
      readonly is: number;
    }) => {
      expectNear(percentile(said.values, said.percent), said.is, "the percentile");
    },
    median_interval: (said: { readonly turns: Runs; readonly is: Ends }) => {
      expectEnds(intervalOfMedian(said.turns), said.is);
    },
    ratio: (said: RatioCase) => {
      const rule = said.rule === "ratio" ? ratio : unpairedRatio;
      expectDifference(rule(said.first, said.second, said.pairs, said.allowance), said.is);
    },
    miou: runMiou,
    disturbance: (said: Measured & { readonly turn: Turn; readonly undisturbed: boolean }) => {
      const found = disturbanceOf(said.turn, said.best, said.threads);
      expectSame(found === null, said.undisturbed, "undisturbed");
    },
    statistics: runStatistics,
    seen: (said: SeenCase) => {
      const turns = said.turns.map((device) => ({ device }));
      const { frequency, thermal, low_power, hidden } = withSeen(NOTHING_SEEN, said.start, turns, said.end);
      const wanted = said.is;
      expectSame(
        { frequency, thermal, low_power, hidden },
        { ...{ frequency, thermal }, ...wanted },
        "what was seen",
      );
    },
    verdict: (said: VerdictCase) => {
      const found = verdictOf(said.statistics, said.conditions);
      expectSame(found.kind, said.is, "the verdict");
      expectSame(found.reasons, said.reasons, "its reasons");
    },
  });
}

function runMiou(said: MiouCase): void {
  const [first, second] = [said.first.map(confusion), said.second.map(confusion)];
  expectNear(miou(totalOf(first, first[0]!.classes)), said.miou, "the mIoU");
  expectEnds(intervalOfMiou(first), said.interval);
  expectDifference(differenceOfMiou(first, second, said.pairs), said.difference);
}

function runStatistics(said: StatisticsCase): void {
  const found = statisticsOf(said.turns, said.best, said.threads);
  for (const name of Object.keys(said.is) as (keyof Statistics)[])
    expectNear(found[name], said.is[name], name);
  expectSame(isEnough(said.turns, said.best, said.threads), said.is_enough, "whether it is enough");
  const verdict = verdictOf(found, NOTHING_SEEN);
  expectSame(verdict.kind, said.verdict, "the verdict");
  expectSame(verdict.reasons.length, said.reasons, "the number of reasons");
}

function confusion(rows: Matrix): Confusion {
  return { classes: rows.length, counts: rows.flat() };
}

function expectEnds(found: Interval | null, wanted: Ends): void {
  expectNear(found?.low ?? null, wanted[0], "the lower end");
  expectNear(found?.high ?? null, wanted[1], "the upper end");
}

function expectDifference(found: Difference, wanted: SaidDifference): void {
  expectNear(found.value, wanted.value, "the value");
  expectEnds(found.interval, [wanted.low, wanted.high]);
  expectSame(found.is_shown, wanted.shown, "whether it is shown");
}
