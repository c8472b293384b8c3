import { Counter, Gauge, type Registry } from 'prom-client';

/** The quotas of an account that the subscription service checks (docs/limits.md). */
export type QuotaName = 'subscriptions' | 'subscription_bytes' | 'pattern_bytes' | 'names' | 'replays' | 'keys';

export interface QuotaMetrics {
  refused(quota: QuotaName): void;
  /** @param accounts the number of accounts that have reached their limit of undelivered events */
  full(accounts: number): void;
}

export function createQuotaMetrics(registry: Registry): QuotaMetrics {
  const refused = new Counter({
    name: 'callbus_quota_refusals_total',
    help: 'Changes that were refused because a quota of the account was used up.',
    labelNames: ['quota'],
    registers: [registry],
  });
  const full = new Gauge({
    name: 'callbus_full_accounts',
    help: 'Accounts that have reached their limit of undelivered events, and so must not publish.',
    registers: [registry],
  });
  return { refused: (quota) => refused.inc({ quota }), full: (accounts) => full.set(accounts) };
}
