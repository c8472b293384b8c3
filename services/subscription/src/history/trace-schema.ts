import { undeliveredReasons } from '@callbus/contracts/deliveries/undelivered';
import { list, nullable, object, oneOf, text, time, integer } from '@callbus/openapi/schema';
import { attemptOutcomes, waitReasons } from '@callbus/statistics/statistics';

/** An attempt in a trace and in the list of attempts. */
export const attemptMembers = {
  attempt: integer('From 1; a replay begins again at 1.'),
  outcome: oneOf(
    attemptOutcomes,
    'How the attempt ended. `unsent`: nothing was sent, through no fault of the receiver.',
  ),
  status: nullable(integer('The HTTP status; null without an answer.')),
  duration_ms: integer('How long the callback took, in milliseconds.'),
  at: time('When the attempt ended.'),
};

export const deliveryTraceSchema = object('DeliveryTrace', {
  subscription_id: integer('The subscription.'),
  subscription_name: nullable(text('Null when the subscription is deleted.')),
  state: oneOf(
    ['queued', 'waiting', 'held', 'delivered', 'undelivered', 'dropped'],
    '`queued`: for a worker. `waiting`: until `waiting_until`. `held`: until the subscription is enabled. The others are ends.',
  ),
  waiting_until: nullable(time('When a waiting delivery goes on.')),
  because: nullable(
    text(`Why the delivery waits (${waitReasons.join(', ')}), or why it ended (${undeliveredReasons.join(', ')}).`),
  ),
  ended_at: nullable(time('When the delivery ended.')),
  attempts: list(object('TracedAttempt', attemptMembers), { description: 'Oldest first.' }),
});

export const traceSchema = object('Trace', {
  event_id: text('The id of the event.'),
  event_name: nullable(text('The name that subscriptions match; null when no worker has matched the event yet.')),
  event_bus_id: nullable(text('The bus of the event.')),
  received_at: nullable(time('When the event was accepted.')),
  subscriptions: list(deliveryTraceSchema, { description: 'One entry for each subscription that the event matched.' }),
  since: time('The traces of all events that were accepted since then are complete.'),
});
