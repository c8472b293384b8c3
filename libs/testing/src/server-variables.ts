/** The environment variables that name the servers, to the look-up and from there to the tests. */
export const serverVariables = {
  amqp: 'TEST_AMQP_URL',
  database: 'TEST_DATABASE_URL',
  redis: 'TEST_REDIS_URL',
} as const;
