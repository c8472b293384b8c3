import { startEmbeddedPostgres } from '@callbus/testing/private-postgres';
import { startRabbitmqPackage } from '@callbus/testing/private-rabbitmq';
import { startRedisPackage } from '@callbus/testing/private-redis';
import { expect, test } from '@jest/globals';

test('the paths from which scripts outside the repository import the server starters exist', () => {
  for (const start of [startEmbeddedPostgres, startRabbitmqPackage, startRedisPackage])
    expect(start).toBeInstanceOf(Function);
});
