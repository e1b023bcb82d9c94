// How the program that Python's tests hold beside their own readers is built: one file for Node, with all it needs.
import { defineConfig } from "vite";

export default defineConfig({
  ssr: { noExternal: true },
  build: { ssr: "src/cases/beside.ts", target: "node20", emptyOutDir: true },
});
