/** The two documented samples, without ids, so that publishing them again is not a repeat. */
export const etcSample = {
  event_source: 'a',
  event_topic: 'gs',
  event_type: 'cert',
  event_status: '1',
  changes: ['1001', '1002'],
};

export const eventListSample = {
  eventBusId: 'default',
  eventList: [
    {
      source: 'acs.oss',
      type: 'oss.ObjectCreated.PutObject',
      data: { bucket: 'pictures', object: 'cat.png' },
    },
  ],
};
