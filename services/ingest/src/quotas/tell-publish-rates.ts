import type { PublishRates, Published } from '@callbus/runtime/redis/publish-rates';
import type { Quotas } from './quotas.js';

const intervalMs = 5_000;

/** Tells every few seconds how much each account has published. What cannot be told is forgotten: it would be told too late. */
export function tellPublishRates(options: {
  quotas: Pick<Quotas, 'takeCounts'>;
  publishRates: Pick<PublishRates, 'tell'>;
  /** What an account may publish per second. */
  bound: Published;
}): { stop(): void } {
  const { quotas, publishRates, bound } = options;
  const timer = setInterval(() => {
    publishRates.tell(quotas.takeCounts(), bound).catch(() => undefined);
  }, intervalMs).unref();
  return { stop: () => clearInterval(timer) };
}
