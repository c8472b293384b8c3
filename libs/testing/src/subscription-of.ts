import type { Subscription } from '@callbus/contracts/subscriptions/subscription';

export function subscriptionOf(some: Partial<Subscription>): Subscription {
  return {
    id: 1,
    revision: 1,
    account: 'a',
    name: 'test',
    enabled: true,
    callbackUrl: 'http://127.0.0.1:9/',
    confirmMode: 'httpstatus',
    confirmPattern: '200',
    eventNames: ['#'],
    eventBusId: null,
    timeoutMs: 1_000,
    payloadFormat: 'source',
    headers: {},
    secrets: [],
    maxAttempts: 10,
    maxInFlight: 64,
    ...some,
  };
}
