// Keeps a second tab from measuring beside the first; one that is hidden hands its job over to the one in front.

const NAME = "pocketseg.measuring";
const ANSWER_WITHIN_MS = 400;
const HANDED_WITHIN_MS = 3000;
const FREE = "free?";
const TAKEN = "taken";
const WANTED = "hand over?";

/** Claim this browser for one tab's job; null where another tab measures. Returns how to give the claim back.
 *
 * `wanted`: another tab asks for it: a tab that cannot measure now gives its claim back then.
 */
export async function claimBrowser(wanted: () => void): Promise<(() => void) | null> {
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(NAME) : null;
  const giveBack = "locks" in navigator ? await byLock(channel) : await byAsking(channel);
  if (!giveBack) {
    channel?.close();
    return null;
  }
  let isHeld = true;
  if (channel)
    channel.onmessage = ({ data }) => {
      if (data === WANTED) wanted();
      else if (data === FREE && isHeld) channel.postMessage(TAKEN);
    };
  return () => {
    isHeld = false;
    channel?.close();
    giveBack();
  };
}

async function byLock(channel: BroadcastChannel | null): Promise<(() => void) | null> {
  const now = await lock({ ifAvailable: true });
  if (now) return now;
  channel?.postMessage(WANTED);
  return lock({ signal: AbortSignal.timeout(HANDED_WITHIN_MS) });
}

function lock(options: LockOptions): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    void navigator.locks
      .request(NAME, options, (given) => {
        if (given) return new Promise<void>((release) => resolve(release));
        resolve(null);
        return undefined;
      })
      .catch((error: unknown) => {
        const isLate = error instanceof DOMException && ["AbortError", "TimeoutError"].includes(error.name);
        resolve(isLate ? null : () => undefined); // a browser that refuses locks to this page
      });
  });
}

/** Plain http has no locks: ask whether another tab measures, and whether it hands over. */
async function byAsking(channel: BroadcastChannel | null): Promise<(() => void) | null> {
  if (!channel) return () => undefined;
  if (await isFree(channel)) return () => undefined;
  channel.postMessage(WANTED);
  for (let waited = 0; waited < HANDED_WITHIN_MS; waited += ANSWER_WITHIN_MS) {
    await new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS));
    if (await isFree(channel)) return () => undefined;
  }
  return null;
}

async function isFree(channel: BroadcastChannel): Promise<boolean> {
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => data === TAKEN && resolve(false);
    channel.postMessage(FREE);
    setTimeout(() => resolve(true), ANSWER_WITHIN_MS);
  });
}
