import { pino } from 'pino';
import { createMemoryBrokerWith } from '../src/memory.js';
import { describeBroker } from './contract.js';

describeBroker(
  'in memory',
  () => {
    const broker = createMemoryBrokerWith({ logger: pino({ level: 'silent' }), failurePauseMs: 0 });
    return { open: () => Promise.resolve(broker), close: () => broker.close() };
  },
  { sharesMessages: false },
);
