// Keeps a second tab from measuring beside the first: both would only measure each other.

const NAME = "pocketseg.measuring";
const ANSWER_WITHIN_MS = 400;

/** Claim this browser for one tab's job; null where another tab measures. Returns how to give the claim back. */
export async function claimBrowser(): Promise<(() => void) | null> {
  return "locks" in navigator ? byLock() : byAsking();
}

function byLock(): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    void navigator.locks
      .request(NAME, { ifAvailable: true }, (lock) => {
        if (!lock) {
          resolve(null);
          return undefined;
        }
        return new Promise<void>((release) => resolve(release));
      })
      .catch(() => resolve(() => undefined));
  });
}

/** Plain http has no locks: ask whether another tab measures, and answer those who ask from now on. */
async function byAsking(): Promise<(() => void) | null> {
  if (typeof BroadcastChannel !== "function") return () => undefined;
  const channel = new BroadcastChannel(NAME);
  const taken = await new Promise<boolean>((resolve) => {
    channel.onmessage = ({ data }) => data === "taken" && resolve(true);
    channel.postMessage("free?");
    setTimeout(() => resolve(false), ANSWER_WITHIN_MS);
  });
  if (taken) {
    channel.close();
    return null;
  }
  channel.onmessage = ({ data }) => data === "free?" && channel.postMessage("taken");
  return () => channel.close();
}
