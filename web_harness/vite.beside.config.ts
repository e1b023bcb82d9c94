// How the programs that Python's tests hold beside their own code are built: one file each for Node, with all it needs.
import { defineConfig } from "vite";

export default defineConfig({
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: "node20",
    emptyOutDir: true,
    rollupOptions: { input: { beside: "src/cases/beside.ts", beside_pixels: "src/cases/beside_pixels.ts" } },
  },
});
