import type { Output } from '../output/output.js';

const good = new Set(['confirmed', 'delivered']);
const pending = new Set(['queued', 'waiting', 'held']);

/** An outcome or a state in its colour. */
export function colorOf({ green, yellow, red }: Output['colors'], text: string): string {
  if (good.has(text)) return green(text);
  return pending.has(text) ? yellow(text) : red(text);
}
