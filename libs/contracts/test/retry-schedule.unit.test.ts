import { giveBackTiersOf } from '@callbus/contracts/deliveries/retry-schedule';
import { expect, test } from '@jest/globals';

test('a message of a newer format waits for the delays of the retry schedule, but at most five minutes', () => {
  const tiers = giveBackTiersOf([1_000, 300_000, 86_400_000]);
  expect(tiers.map(({ name }) => name)).toEqual(['1s', '5m', '5m']);
});
