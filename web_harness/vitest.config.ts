// Two projects: `unit` runs in Node in seconds; `browsers` drives real ones and wants what scripts/web prepares.
import { defineConfig } from "vitest/config";

const LIMIT_MS = 240_000 * Number(process.env.POCKETSEG_WEB_PATIENCE ?? "1"); // tests/browsers/_patience.ts

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["tests/unit/**/*.test.ts"],
          environment: "node",
          testTimeout: 60_000, // some take a second of a processor that may have much else to do
        },
      },
      {
        test: {
          name: "browsers",
          include: ["tests/browsers/**/*.test.ts"],
          environment: "node",
          testTimeout: LIMIT_MS,
          hookTimeout: LIMIT_MS,
        },
      },
    ],
  },
});
