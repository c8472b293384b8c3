import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { toColumn } from '../../src/peers/column.js';
import { fillColumn } from '../../src/peers/document.js';
import { atFanOut10, atFullSpeed, atRate, besideOneThatHangs } from '../../src/peers/measure.js';
import { toVariant, type Run, type Variant } from '../../src/runs.js';

function variantOf(name: string, values: Run['values'], counts: { lost?: number; repeated?: number } = {}): Variant {
  const usage = { ingest: { cpuS: 0.05, peakMiB: 1 }, rabbitmq: { cpuS: 0.02, peakMiB: 1 } };
  return toVariant(name, [{ values, events: 1_000, usage, lost: 0, repeated: 0, failed: 0, ...counts }]);
}

describe('a column', () => {
  const column = toColumn([
    variantOf(atFullSpeed, { 'events/s': 5_350, 'published/s': 6_000 }),
    variantOf(atRate(1_000), { 'p50 ms': 2, 'p99 ms': 8 }),
    variantOf(besideOneThatHangs, { 'p50 ms': 16_000, 'p99 ms': 20_000 }, { lost: 360 }),
  ]);

  test('has throughput, and the CPU of all processes', () => {
    expect(column).toMatchObject({
      'end to end at full speed, events/s': '5,350',
      'published meanwhile, events/s': '6,000',
      'CPU per event, µs': '70.0',
    });
  });

  test('has latency by rate, and a dash for what was not measured', () => {
    expect(column).toMatchObject({
      'p50 / p99 at 200 events/s, ms': '–',
      'p50 / p99 at 1,000 events/s, ms': '2.00 / 8.00',
      'fan-out 10 at full speed, events/s': '–',
    });
  });

  test('tells the callbacks that are missing', () => {
    expect(column).toMatchObject({
      'nine receivers beside one that hangs, p50 / p99, ms': '16,000 / 20,000, 360 missing',
      'lost / repeated': '360 / 0',
    });
  });
});

describe('the document', () => {
  const document = readFileSync(new URL('../../../docs/peers.md', import.meta.url), 'utf8');

  test('has a row for each cell, and gets the column and its label', async () => {
    const column = toColumn([
      variantOf(atFullSpeed, { 'events/s': 12_345, 'published/s': 23_456 }),
      variantOf(atFanOut10, { 'events/s': 1_234 }),
    ]);
    const filled = await fillColumn(document, column, 'a machine.');
    expect(filled).toMatch(/^\| end to end at full speed, events\/s .*\| 5,350 .*\| 12,345 +\|$/m);
    expect(filled).toMatch(/^\| published meanwhile, events\/s .*\| 23,456 +\|$/m);
    expect(filled).toContain('\nCallbus now: a machine.\n');
  });

  test('is refused a cell that it has no row for', async () => {
    await expect(Promise.resolve().then(() => fillColumn(document, { unknown: '1' }, 'a machine.'))).rejects.toThrow(
      'the document has no unknown',
    );
  });
});
