// What a reader checks of a record beyond its schema; docs/record.md, below its fields.

import { type RecordFault, RecordRefused } from "./faults";
import { isList, isTable, type Json, type Table } from "./json";
import { unexplainedNull } from "./unexplained_null";

const MOST_RUNS = 1_000_000;

/** Check a record that its schema was held against. Throws RecordRefused for the first part that does not fit. */
export function checkRecord(document: Table): void {
  checkRuns(document);
  checkClasses(document.get("quality"));
  checkStatus(document);
  const place = unexplainedNull(document, tableOf(document, "unknown").keys());
  if (place !== null) throw damaged("null", `${place} is null, and \`unknown\` does not say why`);
}

/** Return what a reader of a record's text refuses it with. */
export function damaged(fault: RecordFault, what: string): RecordRefused {
  return new RecordRefused(fault, `the record is damaged: ${what}`);
}

function checkRuns(document: Table): void {
  const turns = tablesOf(document, "turns");
  let runs = 0;
  for (const turn of turns) {
    const count = listOf(turn, "execute_ms").length;
    runs += count;
    for (const name of ["at_ms", "pre_ms", "post_ms"]) {
      const samples = turn.get(name);
      if (isList(samples) && samples.length !== count) {
        throw damaged("samples", `a turn has another number of ${name} than of execute_ms`);
      }
    }
    checkCores(turn.get("device"));
  }
  if (runs > MOST_RUNS) throw damaged("out-of-bounds", `it has more than ${MOST_RUNS} runs`);
  const said = document.get("statistics");
  if (isTable(said) && (said.get("turns") !== turns.length || said.get("runs") !== runs)) {
    throw damaged("statistics", "its statistics are of other runs than it has");
  }
}

function checkCores(device: Json | undefined): void {
  if (!isTable(device)) return;
  const shares = device.get("frequency_share");
  const cores = device.get("cores");
  if (isList(shares) && !(isList(cores) && cores.length === shares.length)) {
    throw damaged("samples", "a turn has frequencies of another number of cores than it was seen on");
  }
}

function checkClasses(quality: Json | undefined): void {
  if (!isTable(quality)) return;
  const classes = listOf(quality, "classes");
  const isSquare = tablesOf(quality, "photos").every((photo) => {
    const rows = listOf(photo, "confusion");
    return (
      rows.length === classes.length && rows.every((row) => isList(row) && row.length === classes.length)
    );
  });
  if (new Set(classes).size < classes.length || !isSquare) {
    throw damaged("classes", "a class is there twice, or a matrix is not as large as its classes");
  }
}

function checkStatus(document: Table): void {
  const isOk = document.get("status") === "ok";
  const verdict = document.get("verdict");
  const hasResults = listOf(document, "turns").length > 0 || verdict !== null;
  if (isOk !== (document.get("reason") === "") || (!isOk && hasResults)) {
    throw damaged("status", "its status does not fit its reason, its turns or its verdict");
  }
  const needsReasons = verdict === "UNSTABLE" || verdict === "INVALID";
  if (needsReasons !== listOf(document, "verdict_reasons").length > 0) {
    throw damaged("verdict", "its verdict does not fit its reasons");
  }
}

// Of fields that the schema asks for; anything else is a fault of this program.

function tableOf(table: Table, name: string): Table {
  const found = table.get(name);
  if (!isTable(found)) throw new TypeError(`${name} was read before its schema was looked at`);
  return found;
}

function listOf(table: Table, name: string): readonly Json[] {
  const found = table.get(name);
  if (!isList(found)) throw new TypeError(`${name} was read before its schema was looked at`);
  return found;
}

function tablesOf(table: Table, name: string): readonly Table[] {
  return listOf(table, name).filter(isTable);
}
