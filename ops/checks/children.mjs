// What a check starts ends with it, also when it is broken off.
const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

/** @returns the child */
export function attach(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}
