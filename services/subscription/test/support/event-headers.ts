/** The headers of an event, as ingest publishes it. */
export const eventHeaders = {
  id: 'event 1',
  identity: 'one',
  account: '0',
  bus: '',
  name: 'a.b',
  type: 'b',
  dialect: 'cloudevents',
  receivedAt: 1_700_000_000_000,
  dataAt: 0,
} as const;
