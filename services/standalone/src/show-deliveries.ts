import type { DeliveryObserver } from '@callbus/delivery/journal/journal';

/**
 * Shows a line per event and per callback:
 *
 * ```
 * 18:20:00.123  --> a.gs.cert.1  to 1 subscription  [5f0e]
 * 18:20:00.130  <-- 503  http://127.0.0.1:9000/events  attempt 1, 7 ms: refused, again in 1s  [5f0e]
 * ```
 *
 * @param now epoch milliseconds
 */
export function showDeliveries(show: (line: string) => void, now: () => number): DeliveryObserver {
  /** The attempts whose fate is not decided yet, by task. */
  const attempts = new WeakMap<object, { readonly what: string; readonly outcome: string }>();

  const say = (event: { readonly id: string }, what: string) =>
    show(
      `${new Date(now()).toTimeString().slice(0, 8)}.${String(now() % 1_000).padStart(3, '0')}  ${what}  [${event.id}]`,
    );

  return {
    matched(event, { length }) {
      say(event, `--> ${event.name}  to ${length} subscription${length === 1 ? '' : 's'}`);
    },
    attempted(task, result, outcome) {
      const status = result.kind === 'answer' ? String(result.status) : '---';
      const what = `<-- ${status}  ${task.subscription?.callbackUrl ?? ''}  attempt ${task.origin.attempt}, ${Math.round(result.durationMs)} ms`;
      attempts.set(task, { what, outcome: result.kind === 'answer' ? outcome : `${outcome}, ${result.reason}` });
    },
    settled(task, fate) {
      const { what, outcome } = attempts.get(task) ?? { what: `--- subscription ${task.subscriptionId}`, outcome: '' };
      const { headers } = task.origin;
      if (fate.kind === 'delivered') say(headers, `${what}: ${outcome}`);
      if (fate.kind === 'retry') say(headers, `${what}: ${outcome}, again in ${fate.after.name}`);
      if (fate.kind === 'undelivered')
        say(headers, `${what}: ${outcome === '' ? '' : `${outcome}, `}undelivered (${fate.reason})`);
    },
  };
}
