export interface Scrape {
  /** Every series, such as `callbus_deliveries_total{outcome="confirmed"}`, with its value. */
  readonly series: ReadonlyMap<string, number>;
  /** Every exposed metric, including metrics without series yet. */
  readonly names: ReadonlySet<string>;
  /** 0 for a missing series. */
  value(series: string): number;
}

/** Reads the metrics of a service. */
export async function scrape(url: string): Promise<Scrape> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const names = new Set(lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []));
  const series = new Map(
    lines.flatMap((line): [string, number][] => {
      const [, name, value] = /^([^#\s].*) (\S+)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, Number(value)]];
    }),
  );
  return { series, names, value: (name) => series.get(name) ?? 0 };
}

/** The metrics of every service. */
export const sharedNames = [
  'callbus_publish_confirm_seconds',
  'callbus_queue_messages_ready',
  'callbus_queue_consumers',
  'callbus_queue_oldest_message_age_seconds',
  'callbus_undelivered_total',
  'callbus_redeliveries_total',
  'callbus_publisher_blocked',
  'callbus_publishing',
  'callbus_dependency_up',
  'callbus_clock_skew_seconds',
  'callbus_clock_trusted',
  'callbus_http_request_duration_seconds',
  'callbus_process_resident_memory_bytes',
  'callbus_nodejs_eventloop_lag_p99_seconds',
];

export const ingestNames = ['callbus_events_accepted_total', 'callbus_events_refused_total'];

export const deliveryNames = [
  'callbus_dispatch_matches_total',
  'callbus_dispatch_unmatched_events_total',
  'callbus_deliveries_total',
  'callbus_retries_total',
  'callbus_parked_total',
  'callbus_callback_duration_seconds',
  'callbus_acceptance_to_first_attempt_seconds',
  'callbus_lanes',
  'callbus_directory_subscriptions',
];

const tiers = ['1s', '5s', '30s', '1m', '5m', '10m', '30m', '1h', '3h', '6h', '12h', '24h'];
export const queueNames = ['events', 'deliveries', 'undelivered', ...tiers.map((tier) => `retry.${tier}`)];
