// Computes the number of workers for a load. docs/scaling.md explains the formula and the source of its figures.
//   node ops/sizing/workers.mjs --rate 500 --fan-out 2 --callback-ms 100 --worker-rate 400 --prefetch 500 --headroom 0.6

/**
 * @param load
 *   eventsPerSecond, deliveriesPerEvent (fan-out), attemptsPerDelivery (1 when nothing fails), callbackMs (mean)
 * @param worker
 *   deliveriesPerSecond: measured, of one worker with receivers that answer at once; callbacksAtOnce: WORKER_PREFETCH;
 *   headroom: the usable share of both, more than 0 and at most 1
 * @returns attemptsPerSecond; callbacksUnderWay (Little's law: arrival rate times mean duration); byWork, byCallbacks: the
 *   workers that each of both limits requires; workers: the larger number
 * @throws RangeError when a figure is out of range
 */
export function sizeWorkers(load, worker) {
  const { eventsPerSecond, deliveriesPerEvent = 1, attemptsPerDelivery = 1, callbackMs } = load;
  const { deliveriesPerSecond, callbacksAtOnce, headroom = 0.6 } = worker;
  const notNegative = { eventsPerSecond, deliveriesPerEvent, callbackMs };
  for (const [name, value] of Object.entries(notNegative))
    if (!(value >= 0)) throw new RangeError(`${name} is not 0 or more`);
  if (!(attemptsPerDelivery >= 1)) throw new RangeError('attemptsPerDelivery is less than 1');
  for (const [name, value] of Object.entries({ deliveriesPerSecond, callbacksAtOnce }))
    if (!(value > 0)) throw new RangeError(`${name} is not more than 0`);
  if (!(headroom > 0 && headroom <= 1)) throw new RangeError('headroom is not a share');

  const attemptsPerSecond = eventsPerSecond * deliveriesPerEvent * attemptsPerDelivery;
  const callbacksUnderWay = (attemptsPerSecond * callbackMs) / 1_000;
  const byWork = Math.ceil(attemptsPerSecond / (deliveriesPerSecond * headroom));
  const byCallbacks = Math.ceil(callbacksUnderWay / (callbacksAtOnce * headroom));
  return { attemptsPerSecond, callbacksUnderWay, byWork, byCallbacks, workers: Math.max(1, byWork, byCallbacks) };
}

const options = {
  rate: 'eventsPerSecond',
  'fan-out': 'deliveriesPerEvent',
  attempts: 'attemptsPerDelivery',
  'callback-ms': 'callbackMs',
  'worker-rate': 'deliveriesPerSecond',
  prefetch: 'callbacksAtOnce',
  headroom: 'headroom',
};

if (process.argv[1] === import.meta.filename) {
  const { parseArgs } = await import('node:util');
  const text = { type: /** @type {const} */ ('string') };
  const { values } = parseArgs({ options: Object.fromEntries(Object.keys(options).map((name) => [name, text])) });
  const figures = Object.fromEntries(Object.entries(values).map(([name, text]) => [options[name], Number(text)]));
  try {
    console.log(JSON.stringify(sizeWorkers(figures, figures), undefined, 2));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(
      `${error.message}; options: ${Object.keys(options)
        .map((name) => `--${name}`)
        .join(' ')}`,
    );
    process.exitCode = 2;
  }
}
