// How the page is built: into pocketseg/web/page, which is committed. The runtimes' WebAssembly is not in it.
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  // Schemas come from conformance/, beside this folder; the development server serves nothing else of the checkout.
  server: { fs: { allow: [".", "../conformance/schema"] } },
  build: {
    outDir: "../pocketseg/web/page",
    emptyOutDir: true,
    target: ["chrome115", "firefox115", "safari16.4"],
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: {
      output: {
        // named by what is in them, so that a browser keeps them for good and a turn needs no network
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  // A classic worker: LiteRT's loader calls importScripts, which module workers lack.
  worker: { format: "iife", rollupOptions: { output: { entryFileNames: "assets/[name]-[hash].js" } } },
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "production"] },
});
