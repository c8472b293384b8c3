import { afterAll } from '@jest/globals';
import { isolate } from '@callbus/testing/isolate';
import { describeBroker } from './contract.js';
import { createRabbitmqWorld } from './rabbitmq-world.js';

const place = await isolate();
afterAll(() => place.cleanUp());

describeBroker(
  'on RabbitMQ',
  () => {
    const world = createRabbitmqWorld(place);
    return {
      open: () => world.open(),
      close: async () => {
        await world.close();
        await world.purge();
      },
    };
  },
  { sharesMessages: true },
);
