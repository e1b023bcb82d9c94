// What the browser says of the device and of itself: its own words, and null with the reason for all else.

import type { DevicePart, StatePart } from "../contract/documents";
import { now } from "../contract/moment";
import { printable } from "../contract/texts";
import type { Watch } from "./watch";

/** What is known, and by JSON pointer why what is null is not. */
export interface DeviceSeen {
  readonly part: DevicePart;
  readonly unknown: Readonly<Record<string, string>>;
}

interface Brand {
  readonly brand: string;
  readonly version: string;
}

interface HighEntropy {
  readonly architecture?: string;
  readonly bitness?: string;
  readonly model?: string;
  readonly platform?: string;
  readonly platformVersion?: string;
  readonly fullVersionList?: readonly Brand[];
}

interface AgentData {
  readonly brands?: readonly Brand[];
  readonly platform?: string;
  getHighEntropyValues(names: readonly string[]): Promise<HighEntropy>;
}

const HINTS = ["architecture", "bitness", "model", "platform", "platformVersion", "fullVersionList"];
const MACHINES: Readonly<Record<string, string>> = {
  "arm 64": "arm64",
  "x86 64": "x86_64",
  "arm 32": "arm",
  "x86 32": "x86",
};

/** Ask the browser. `agent`: its navigator. */
export async function deviceOf(agent: Navigator = navigator): Promise<DeviceSeen> {
  const said = await hints(agent);
  const machine = MACHINES[`${said.architecture} ${said.bitness}`] ?? null;
  const system = said.platform
    ? printable(`${said.platform} ${said.platformVersion ?? ""}`.trim())
    : systemIn(agent.userAgent);
  const unknown: Record<string, string> = {};
  if (machine === null) unknown["/device/machine"] = "this browser does not say it";
  return {
    part: {
      maker: null,
      model: said.model ? printable(said.model) : null,
      soc: null,
      cpu: null,
      cpu_features: null,
      cores:
        Number.isInteger(agent.hardwareConcurrency) && agent.hardwareConcurrency > 0
          ? agent.hardwareConcurrency
          : null,
      memory_bytes: null,
      os: system,
      python: null,
      machine,
      matrix_tiles: null,
      browser: browserOf(said.fullVersionList ?? [], agent.userAgent),
      simulator: null,
    },
    unknown,
  };
}

async function hints(agent: Navigator): Promise<HighEntropy> {
  const data = (agent as Navigator & { userAgentData?: AgentData }).userAgentData;
  if (!data) return {};
  try {
    return await data.getHighEntropyValues(HINTS);
  } catch {
    return {};
  }
}

/** Return name and version of the browser: of the brands, the one that is no common engine and no filler. */
export function browserOf(brands: readonly Brand[], agent: string): string | null {
  const own = brands.filter(({ brand }) => !/not.?a.?brand/i.test(brand.replace(/[^a-z]/gi, "")));
  const chosen = own.find(({ brand }) => brand !== "Chromium") ?? own[0];
  if (chosen) return printable(`${chosen.brand} ${chosen.version}`);
  const forms: readonly (readonly [string, RegExp])[] = [
    ["Edge", /Edg(?:A|iOS)?\/([\d.]+)/],
    ["Opera", /OPR\/([\d.]+)/],
    ["Samsung Internet", /SamsungBrowser\/([\d.]+)/],
    ["Firefox", /(?:Firefox|FxiOS)\/([\d.]+)/],
    ["Chrome", /(?:Chrome|CriOS)\/([\d.]+)/],
    ["Safari", /Version\/([\d.]+).*Safari\//],
  ];
  for (const [name, form] of forms) {
    const found = form.exec(agent);
    if (found) return `${name} ${found[1]}`;
  }
  return agent ? printable(agent) : null;
}

/** Return the system that a user-agent string names; browsers freeze its version, so it is often an old one. */
export function systemIn(agent: string): string | null {
  const android = /Android( [\d.]+)?/.exec(agent);
  if (android) return android[0];
  const ios = /(?:iPhone|CPU) OS ([\d_]+)/.exec(agent);
  if (ios) return `iOS ${ios[1]!.replaceAll("_", ".")}`;
  if (/Windows/.test(agent)) return "Windows";
  if (/Mac OS X/.test(agent)) return "macOS";
  return /Linux|X11/.test(agent) ? "Linux" : null;
}

/** Say how the device is just now, as far as a page sees it. */
export function stateOf(watch: Watch): StatePart {
  return {
    at: now(),
    power: null,
    battery_c: null,
    thermal: null,
    low_power: null,
    foreground: watch.isVisible(),
    busy_cores: null,
    load_1min: null,
    frequency_share: null,
    governor: null,
  };
}
