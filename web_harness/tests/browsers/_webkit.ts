// WebKitGTK by its WebDriver: as near to Safari as a Linux comes. Only what the tests ask of it.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { guarded } from "./_guarded";
import { until } from "./_opened";
import { patient } from "./_patience";

const CALL_MS = patient(60_000);

/** A window of WebKitGTK. */
export interface WebKit {
  readonly version: string;
  open(url: string): Promise<void>;
  /** Run a function's body in the page; it may return what JSON holds. */
  run<T>(body: string): Promise<T>;
  picture(): Promise<Buffer>;
  close(): Promise<void>;
}

/** Start it; `program` takes the port of the driver. */
export async function webkit(program: string): Promise<WebKit> {
  const port = await freePort();
  const child = spawn(program, [String(port)], { detached: true, stdio: "ignore" });
  guarded(child);
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      return; // it has ended
    }
  };
  const base = `http://127.0.0.1:${port}`;
  try {
    await until("WebKit's driver answers", 30_000, async () => (await fetch(`${base}/status`)).ok);
    const made = (await call(base, "POST", "/session", {
      capabilities: { alwaysMatch: { acceptInsecureCerts: true, browserName: "MiniBrowser" } },
    })) as { sessionId: string; capabilities: { browserVersion: string } };
    const session = `/session/${made.sessionId}`;
    await call(base, "POST", `${session}/timeouts`, { script: CALL_MS, pageLoad: CALL_MS });
    return {
      version: made.capabilities.browserVersion,
      open: async (url) => {
        await call(base, "POST", `${session}/url`, { url });
      },
      run: async <T>(body: string) =>
        (await call(base, "POST", `${session}/execute/sync`, { script: body, args: [] })) as T,
      picture: async () =>
        Buffer.from((await call(base, "GET", `${session}/screenshot`)) as string, "base64"),
      close: async () => {
        await call(base, "DELETE", session).catch(() => null);
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

async function call(base: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(base + path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    signal: AbortSignal.timeout(CALL_MS),
  });
  const said = (await answer.json()) as { value: unknown };
  if (!answer.ok) throw new Error(`WebDriver ${method} ${path}: ${JSON.stringify(said.value).slice(0, 500)}`);
  return said.value;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === "object" ? resolve(address.port) : reject(address),
      );
    });
  });
}
