import { isDeepStrictEqual } from 'node:util';
import { secretWords } from '@callbus/contracts/subscriptions/sealed-headers';
import type { Logger } from '@callbus/runtime/observability/logger';
import type { Pool } from '../database/pool.js';
import { convertStored } from './convert-stored.js';
import type { SealHeaders } from './seal-headers.js';

/**
 * Converts headers that earlier processes stored to the form in which this process stores them: secret values in clear
 * text are sealed.
 */
export async function sealStoredHeaders(options: {
  pool: Pool;
  sealHeaders: SealHeaders;
  logger: Logger;
}): Promise<void> {
  const { pool, sealHeaders, logger } = options;
  const changed = await convertStored({
    pool,
    where: `headers::text ~* '${secretWords}'`,
    convert(row) {
      const sealed = sealHeaders.sealStored(row);
      return isDeepStrictEqual(sealed.headers, row.headers) ? undefined : sealed;
    },
  });
  if (changed > 0) logger.info({ subscriptions: changed }, 'converted stored headers to the form of MESSAGE_FORMAT');
}
