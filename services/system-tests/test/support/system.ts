import { isolate, type Place } from '@callbus/testing/isolate';
import { openTogether } from '@callbus/testing/open-together';
import type { Environment } from '@callbus/testing/processes/program';
import { openReceiver, type Receiver, type ReceiverOptions } from '@callbus/testing/receivers/callback-receiver';
import { createBusClient, type BusClient } from './bus-client.js';
import { startBus, type BusProcesses } from './bus-processes.js';

/** The three services in a place of their own, with a client and a receiver. */
export interface System {
  readonly place: Place;
  readonly bus: BusProcesses;
  readonly client: BusClient;
  readonly receiver: Receiver;
  /** @throws when a service does not exit with 0 */
  close(): Promise<void>;
}

export interface SystemOptions extends Pick<ReceiverOptions, 'answer'> {
  /** Settings of the services, beside those of their servers. */
  readonly env?: Environment;
}

export function openSystem({ env, ...receiverOptions }: SystemOptions = {}): Promise<System> {
  return openTogether(async (opening) => {
    const place = await opening(isolate({ database: true }), (each) => each.cleanUp());
    const receiver = await opening(openReceiver(receiverOptions), (each) => each.close());
    const bus = await startBus(place, env);
    return {
      place,
      bus,
      client: createBusClient({ ingest: bus.ingest.url, subscription: bus.subscription.url }),
      receiver,
      async close() {
        const codes = await bus.stop();
        await receiver.close();
        await place.cleanUp();
        if (codes.some((code) => code !== 0)) throw new Error(`the services exit with ${codes.join()}`);
      },
    };
  });
}
