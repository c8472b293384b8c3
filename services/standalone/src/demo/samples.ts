/** The two documented samples, as the demo and the curl lines publish them. */
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
      id: 'sample-1',
      source: 'acs.oss',
      type: 'oss.ObjectCreated.PutObject',
      data: { bucket: 'pictures', object: 'cat.png' },
    },
  ],
};
