// What a check starts ends with it, also when it is broken off.
const running = new Set();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => process.exit(code));

/** @returns the child */
export function attach(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}
