// Loaded before a service. SIGWINCH sets the clock of the service four days ahead, and back.
const fourDaysMs = 4 * 86_400_000;
const real = Date.now;
let aheadMs = 0;
Date.now = () => real() + aheadMs;
process.on('SIGWINCH', () => (aheadMs = fourDaysMs - aheadMs));
