// The worker of WebGPU: onnxruntime-web has another build for it, of twice the size, which nobody else is to load.

import * as ort from "onnxruntime-web/webgpu";
import { litertBackend } from "./litert";
import { ortBackend } from "./ort";
import { type Scope, serve } from "./serve";
import { workerTools } from "./tools";

const litert = litertBackend();
const onnx = ortBackend({ library: ort, build: "webgpu", runs_on: "webgpu" });

serve(
  globalThis as unknown as Scope,
  (runtime) => (runtime === "litert" ? litert : runtime === "ort" ? onnx : null),
  workerTools(),
);
