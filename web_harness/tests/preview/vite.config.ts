// Builds a page of examples: the real screens over a bundle's folder and a job that is played. It is never shipped.
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  build: { outDir: process.env.PREVIEW_OUT ?? "../../node_modules/.preview", emptyOutDir: true },
});
