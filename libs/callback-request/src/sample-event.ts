import { randomUUID } from 'node:crypto';
import type { Dialect, EventMessage } from '@callbus/contracts/events/event';

/** The source and the type of every sample, by which receivers can tell a sample from an event. */
const source = 'callbus';
const type = 'callbus.test';

/** An event that nobody published, in the form in which ingest would have written it. @param nowMs epoch milliseconds */
export function sampleEvent({
  account,
  dialect,
  nowMs,
}: {
  account: string;
  dialect: Dialect;
  nowMs: number;
}): EventMessage {
  const id = randomUUID();
  const attributes = {
    specversion: '1.0',
    id,
    source,
    type,
    time: new Date(nowMs).toISOString(),
    datacontenttype: 'application/json',
    accountid: account,
  };
  const start = `${JSON.stringify(attributes).slice(0, -1)},"data":`;
  const data = dialect === 'etc' ? etcSample(id) : { test: true };
  return {
    headers: {
      id,
      identity: id,
      account,
      bus: '',
      name: dialect === 'etc' ? type : `${source}.${type}`,
      type,
      dialect,
      receivedAt: nowMs,
      dataAt: Buffer.byteLength(start),
    },
    body: Buffer.from(`${start}${JSON.stringify(data)}}`),
  };
}

function etcSample(requestId: string) {
  return {
    request_id: requestId,
    event_source: source,
    event_topic: 'callbus',
    event_type: 'test',
    event_status: '1',
    event_key: type,
    changes: ['test'],
  };
}
