import { declareTopology, namesUnder } from '@callbus/broker/rabbitmq/topology';
import { expect, test } from '@jest/globals';

test('scripts outside the repository find the topology where they have always imported it from', () => {
  expect(namesUnder('t.').queue('events')).toBe('t.events');
  expect(declareTopology).toBeInstanceOf(Function);
});
