// How long tests wait. All limits are for two quiet cores; POCKETSEG_WEB_PATIENCE multiplies them where other work goes on.
// It is for a maintainer who tries a test on a busy computer: CI never sets it, as the limits are what it holds.

export const PATIENCE = Number(process.env.POCKETSEG_WEB_PATIENCE ?? "1");

/** Return a limit as it holds here. */
export function patient(ms: number): number {
  return ms * PATIENCE;
}
