// Schemas: keywords are looked at in their own order, and one that is not known is a fault of this program.

import { expect, test } from "vitest";
import { readJsonText } from "../../src/contract/json_reader";
import { makeSchema, pointerOf } from "../../src/contract/schema";

const SCHEMA = makeSchema({
  type: "object",
  required: ["a"],
  additionalProperties: false,
  properties: {
    a: { $ref: "#/$defs/whole" },
    "b/c~": { type: "array", items: { type: "string", pattern: "^[a-z]+$", maxLength: 2 } },
  },
  $defs: { whole: { type: "integer", minimum: 0 } },
});

test.each([
  ['{"a":1,"b/c~":["x"]}', null],
  ["[]", "type it"],
  ["{}", "required it"],
  ['{"a":1,"d":2}', "additionalProperties it"],
  ['{"a":1.0}', "type /a"],
  ['{"a":-1}', "minimum /a"],
  ['{"a":1,"b/c~":["x","X"]}', "pattern /b~1c~0/1"],
  ['{"a":1,"b/c~":["abc"]}', "maxLength /b~1c~0/0"],
  ['{"a":1,"b/c~":["\\ud83d\\ude00"]}', "pattern /b~1c~0/0"],
])("%s breaks %s", (text, wanted) => {
  const fault = SCHEMA.fault(readJsonText(text).value);
  expect(fault && `${fault.keyword} ${pointerOf(fault)}`).toBe(wanted);
});

test("a keyword that nothing looks at is told when the schema is made", () => {
  expect(() => makeSchema({ type: "object", patternProperties: {} })).toThrow(TypeError);
});
