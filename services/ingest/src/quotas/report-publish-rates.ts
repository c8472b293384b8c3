import type { PublishRates, Published } from '@callbus/runtime/redis/publish-rates';
import type { Quotas } from './quotas.js';

const intervalMs = 5_000;

/** Reports every few seconds how much each account has published. A failed report is dropped: its time slot would be over. */
export function reportPublishRates(options: {
  quotas: Pick<Quotas, 'takeCounts'>;
  publishRates: Pick<PublishRates, 'add'>;
  /** The quota of an account, per second. */
  limit: Published;
}): { stop(): void } {
  const { quotas, publishRates, limit } = options;
  const timer = setInterval(() => {
    publishRates.add(quotas.takeCounts(), limit).catch(() => undefined);
  }, intervalMs).unref();
  return { stop: () => clearInterval(timer) };
}
