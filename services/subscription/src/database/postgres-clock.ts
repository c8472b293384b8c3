import type { ReferenceClock } from '@callbus/runtime/clock/clock-check';
import type { Pool } from './pool.js';

export function postgresClock(pool: Pool): ReferenceClock {
  return async () => {
    const { rows } = await pool.query<{ ms: number }>(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
    );
    const [row] = rows;
    if (row === undefined) throw new Error('postgres returned no time');
    return row.ms;
  };
}
