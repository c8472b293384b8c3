import axios from 'axios';

export type BusClient = ReturnType<typeof createBusClient>;

/** A client of the three APIs. It returns answers of any status. */
export function createBusClient(urls: { ingest: string; subscription: string }) {
  const http = axios.create({ validateStatus: () => true, timeout: 20_000 });
  const api = `${urls.subscription}/api/v3`;

  async function subscribe(fields: Record<string, unknown>, account = '0'): Promise<number> {
    const { status, data } = await http.post<{ data: { subscription_id: number } }>(
      `${api}/event/subscribe/${account}/2`,
      {
        confirm_mode: 'httpstatus',
        ...fields,
      },
    );
    if (status !== 200) throw new Error(`subscribing was answered ${status}: ${JSON.stringify(data)}`);
    return data.data.subscription_id;
  }

  return {
    http,
    api,
    subscribe,
    update: (id: number, fields: Record<string, unknown>, account = '0') =>
      http.put(`${api}/event/subscribe/${account}/2/${id}`, { confirm_mode: 'httpstatus', ...fields }),
    unsubscribe: (id: number, account = '0') => http.delete(`${api}/event/subscribe/${account}/2/${id}`),

    /** @returns the counters by subscription id */
    async statistics(account = '0'): Promise<Map<number, { total: number; failure: number } | null>> {
      const { data } = await http.post<{
        data: { info: { subscription_id: number; statistics: { total: number; failure: number } }[] };
      }>(`${api}/event/subscribe/search/${account}/2`, { page: { limit: 200 } });
      return new Map(data.data.info.map((item) => [item.subscription_id, item.statistics]));
    },

    /** @returns the event's id, or undefined when the event was refused */
    async publishEtc(fields: Record<string, unknown>, account?: string): Promise<string | undefined> {
      const event = {
        event_source: 's',
        event_topic: 't',
        event_type: 'y',
        event_status: '1',
        changes: [1],
        ...fields,
      };
      const { status, data } = await http.post<{ request_id: string }>(`${urls.ingest}/api/publish`, event, {
        headers: account === undefined ? {} : { HTTP_BK_SUPPLIER_ACCOUNT: account },
      });
      return status === 200 ? data.request_id : undefined;
    },
    publishList: (eventList: Record<string, unknown>[], eventBusId = 'bus') =>
      http.post(`${urls.ingest}/v1/event-bus/event/recv`, { eventBusId, eventList }),
    /** Publishes these bytes with these headers, unchanged. */
    publishRaw: (path: string, body: string | Buffer<ArrayBuffer>, headers: Record<string, string>) =>
      fetch(`${urls.ingest}${path}`, { method: 'POST', body, headers }),
  };
}
