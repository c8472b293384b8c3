import pg from 'pg';
import { eventNameOf, patternOf } from '../load/event-bytes.js';

export interface Wanted {
  readonly name: string;
  readonly callbackUrl: string;
  /** The number of the event name, as for `eventNameOf`. */
  readonly event: number;
  readonly maxInFlight?: number;
}

/** Creates subscriptions through the API, like a user. @returns their ids */
export async function subscribe(subscriptionUrl: string, wanted: readonly Wanted[]): Promise<number[]> {
  const ids: number[] = [];
  for (const { name, callbackUrl, event, maxInFlight } of wanted) {
    const answer = await fetch(`${subscriptionUrl}/api/v3/event/subscribe/0/2`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        subscription_name: name,
        callback_url: callbackUrl,
        confirm_mode: 'httpstatus',
        subscription_form: eventNameOf(event),
        ...(maxInFlight !== undefined && { max_in_flight: maxInFlight }),
      }),
    });
    const { data } = (await answer.json()) as { data: { subscription_id: number } };
    ids.push(data.subscription_id);
  }
  return ids;
}

/**
 * Replaces all subscriptions by these, each for the event of its number, every second one with a wildcard. Workers that
 * start afterwards know them.
 */
export async function fillSubscriptions(databaseUrl: string, callbackUrls: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('DELETE FROM subscriptions');
    await client.query(
      `INSERT INTO subscriptions (account, biz_id, operator, name, system_name, callback_url, confirm_mode,
         confirm_pattern, event_names, event_bus_id, timeout_s, enabled, payload_format, headers, max_attempts,
         max_in_flight, revision, saved_at)
       SELECT '0', 2, 'bench', 'bench ' || place, '', url, 'httpstatus', '200', ARRAY[name], NULL, 10, true, 'source',
         '{}', 10, 64, nextval('revisions'), now()
       FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (url, name, place)`,
      [callbackUrls, callbackUrls.map((_, event) => (event % 2 === 0 ? eventNameOf : patternOf)(event))],
    );
  } finally {
    await client.end();
  }
}
