// The worker of the processor: a classic one, as LiteRT's loader calls importScripts, which module workers lack.

import * as ort from "onnxruntime-web/wasm";
import { litertBackend } from "./litert";
import { ortBackend } from "./ort";
import { type Scope, serve } from "./serve";
import { workerTools } from "./tools";

const litert = litertBackend();
const onnx = ortBackend({ library: ort, build: "wasm-simd-threaded", runs_on: "wasm" });

serve(
  globalThis as unknown as Scope,
  (runtime) => (runtime === "litert" ? litert : runtime === "ort" ? onnx : null),
  workerTools(),
);
