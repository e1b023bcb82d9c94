// Reads JSON strictly (RFC 8259) and within bounds: no NaN, no comments, no deeper than 64 levels.

import { type Json, NotJson, Real } from "./json";

const DEEPEST = 64;
const LONGEST_NUMBER = 4300;
const MOST_VALUES = 5_000_000; // a million runs with four times each, and some more
const BLANKS = [0x20, 0x0a, 0x09, 0x0d];
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** What was read. `isBounded`: false where a number was written, anywhere, that no double holds, as 1e999. */
export interface JsonDocument {
  readonly value: Json;
  readonly isBounded: boolean;
}

/** Return what UTF-8 says; a byte order mark before it is left out. Throws NotJson. */
export function readJson(data: Uint8Array): JsonDocument {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    throw new NotJson("it is no JSON: it is no UTF-8 text");
  }
  return readJsonText(text);
}

/** Return what a text says. Of two fields of one name in a table the later counts. Throws NotJson. */
export function readJsonText(text: string): JsonDocument {
  return new Reader(text).whole();
}

class Reader {
  private at = 0;
  private values = 0;
  private isBounded = true;

  constructor(private readonly text: string) {}

  whole(): JsonDocument {
    const value = this.value(1);
    this.skipBlanks();
    if (this.at < this.text.length) throw this.failure("something follows its end");
    return { value, isBounded: this.isBounded };
  }

  private value(depth: number): Json {
    if (++this.values > MOST_VALUES) throw this.failure(`it has more than ${MOST_VALUES} values`);
    this.skipBlanks();
    switch (this.text[this.at]) {
      case undefined:
        throw this.failure("it ends too early");
      case "{":
        return this.table(depth);
      case "[":
        return this.list(depth);
      case '"':
        return this.string();
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "n":
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  private table(depth: number): Json {
    this.goInto(depth);
    const fields = new Map<string, Json>();
    this.skipBlanks();
    if (this.take("}")) return fields;
    for (;;) {
      this.skipBlanks();
      if (this.text[this.at] !== '"') throw this.failure("a field has no name");
      const name = this.string();
      this.skipBlanks();
      if (!this.take(":")) throw this.failure("a colon is missing");
      fields.set(name, this.value(depth + 1));
      this.skipBlanks();
      if (this.take("}")) return fields;
      if (!this.take(",")) throw this.failure("a comma is missing");
    }
  }

  private list(depth: number): Json {
    this.goInto(depth);
    const items: Json[] = [];
    this.skipBlanks();
    if (this.take("]")) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      this.skipBlanks();
      if (this.take("]")) return items;
      if (!this.take(",")) throw this.failure("a comma is missing");
    }
  }

  private string(): string {
    let made = "";
    let start = ++this.at;
    for (;;) {
      const unit = this.text.charCodeAt(this.at); // NaN at the end
      if (unit === 0x22) {
        made += this.text.slice(start, this.at++);
        return made;
      }
      if (unit === 0x5c) {
        made += this.text.slice(start, this.at++) + this.escape();
        start = this.at;
      } else if (unit >= 0x20) {
        this.at++;
      } else {
        throw this.failure(Number.isNaN(unit) ? "a text has no end" : "a text has a control character");
      }
    }
  }

  private escape(): string {
    const sign = this.text[this.at++];
    if (sign === "u") {
      const digits = this.text.slice(this.at, this.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.failure("an escape is not of four hex digits");
      this.at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const meant = sign === undefined ? undefined : ESCAPES[sign];
    if (meant === undefined) throw this.failure("a text has an unknown escape");
    return meant;
  }

  private number(): Json {
    const start = this.at;
    this.take("-");
    if (!this.take("0")) this.digits();
    let isWhole = true;
    if (this.take(".")) {
      isWhole = false;
      this.digits();
    }
    if (this.take("e") || this.take("E")) {
      isWhole = false;
      if (!this.take("+")) this.take("-");
      this.digits();
    }
    if (this.at - start > LONGEST_NUMBER) {
      throw this.failure(`a number has more than ${LONGEST_NUMBER} characters`);
    }
    const written = this.text.slice(start, this.at);
    const value = Number(written);
    if (isWhole) return Number.isSafeInteger(value) ? value : BigInt(written);
    if (!Number.isFinite(value)) this.isBounded = false;
    return Number.isFinite(value) && !Number.isInteger(value) ? value : new Real(written, value);
  }

  private digits(): void {
    const start = this.at;
    for (let unit = this.text.charCodeAt(this.at); unit >= 0x30 && unit <= 0x39; ) {
      unit = this.text.charCodeAt(++this.at);
    }
    if (this.at === start) throw this.failure("it has a sign where a value should be");
  }

  private word<Meaning>(word: string, meaning: Meaning): Meaning {
    if (!this.text.startsWith(word, this.at)) throw this.failure("it has a word that is none");
    this.at += word.length;
    return meaning;
  }

  private take(sign: string): boolean {
    const isThere = this.text[this.at] === sign;
    if (isThere) this.at++;
    return isThere;
  }

  private skipBlanks(): void {
    while (BLANKS.includes(this.text.charCodeAt(this.at))) this.at++;
  }

  private goInto(depth: number): void {
    if (depth > DEEPEST) throw this.failure(`it is nested deeper than ${DEEPEST} levels`);
    this.at++;
  }

  private failure(what: string): NotJson {
    return new NotJson(`it is no JSON: ${what} (at sign ${this.at})`);
  }
}
