// The schemas of conformance/schema, taken from there when the page is built: there is no copy to go stale.

import bundle from "../../../conformance/schema/bundle.schema.json";
import manifest from "../../../conformance/schema/manifest.schema.json";
import record from "../../../conformance/schema/record.schema.json";
import { makeSchema } from "./schema";

export const BUNDLE_SCHEMA = makeSchema(bundle);
export const MANIFEST_SCHEMA = makeSchema(manifest);
export const RECORD_SCHEMA = makeSchema(record);
