import { startEmbeddedPostgres } from '@callbus/testing/private-postgres';
import { startRabbitmqPackage } from '@callbus/testing/private-rabbitmq';
import { startRedisPackage } from '@callbus/testing/private-redis';
import { expect, test } from '@jest/globals';

test('scripts outside the repository find what starts a server where they have always imported it from', () => {
  for (const start of [startEmbeddedPostgres, startRabbitmqPackage, startRedisPackage])
    expect(start).toBeInstanceOf(Function);
});
