import type { EventStep } from '@callbus/statistics/statistics';

import type { Static } from '@callbus/openapi/schema';
import type { deliveryTraceSchema, traceSchema } from './trace-schema.js';

/** The trace of one event as the API answers it: why a callback was or was not made. */
export type Explanation = Omit<Static<typeof traceSchema>, 'since'>;

type DeliveryTrace = Static<typeof deliveryTraceSchema>;

type StepOf<K extends EventStep['kind']> = Extract<EventStep, { kind: K }>;
type SubscriptionStep = Exclude<EventStep, StepOf<'matched'>>;

/**
 * @param steps the steps of one event, oldest first
 * @param names the names of the subscriptions that still exist
 */
export function explain(eventId: string, steps: readonly EventStep[], names: ReadonlyMap<number, string>): Explanation {
  const matched = steps.find((step) => step.kind === 'matched');
  return {
    event_id: eventId,
    event_name: matched?.name ?? null,
    event_bus_id: matched?.bus || null,
    received_at: matched === undefined ? null : timeOf(matched.receivedAt),
    subscriptions: subscriptionsIn(steps).map((id) => deliveryOf(id, names.get(id) ?? null, steps)),
  };
}

/** The subscriptions that the event matched or that appear in its steps. */
export function subscriptionsIn(steps: readonly EventStep[]): number[] {
  return [...new Set(steps.flatMap(subscriptionsOf))];
}

function subscriptionsOf(step: EventStep): readonly number[] {
  return 'subscriptions' in step ? step.subscriptions : [step.subscription];
}

function deliveryOf(id: number, name: string | null, steps: readonly EventStep[]): DeliveryTrace {
  const own = steps.filter(
    (step): step is SubscriptionStep => step.kind !== 'matched' && subscriptionsOf(step).includes(id),
  );
  return {
    subscription_id: id,
    subscription_name: name,
    ...stateOf(own.at(-1)),
    attempts: own.filter((step) => step.kind === 'attempt').map(itemOf),
  };
}

function stateOf(
  last: SubscriptionStep | undefined,
): Omit<DeliveryTrace, 'subscription_id' | 'subscription_name' | 'attempts'> {
  if (last?.kind === 'waiting')
    return { state: 'waiting', waiting_until: timeOf(last.until), because: last.because, ended_at: null };
  if (last?.kind === 'attempt' && last.outcome === 'confirmed')
    return { state: 'delivered', waiting_until: null, because: null, ended_at: timeOf(last.at) };
  if (last?.kind === 'ended') {
    const isHeld = last.reason === 'held';
    const endedAt = isHeld ? null : timeOf(last.at);
    return { state: isHeld ? 'held' : last.how, waiting_until: null, because: last.reason ?? null, ended_at: endedAt };
  }
  return { state: 'queued', waiting_until: null, because: null, ended_at: null };
}

function itemOf(step: StepOf<'attempt'>): DeliveryTrace['attempts'][number] {
  const { attempt, outcome, status, durationMs, at } = step;
  return { attempt, outcome, status, duration_ms: durationMs, at: timeOf(at) };
}

function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
