/** An event loop that has spent more than this part of the time outside its wait for events is busy. */
const busyUtilization = 0.8;

/** @returns a function that tells whether the event loop of this process has been busy since the last call */
export function createIsBusy(): () => boolean {
  let before = performance.eventLoopUtilization();

  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization > busyUtilization;
  };
}
