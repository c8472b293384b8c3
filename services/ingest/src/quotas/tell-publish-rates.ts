import type { PublishRates, Published } from '@callbus/runtime/redis/publish-rates';
import type { Quotas } from './quotas.js';

const intervalMs = 5_000;

/** Reports every few seconds how much each account has published. A report that fails is dropped, because it would come too late. */
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
