import { readFileSync } from 'node:fs';
import Joi from 'joi';

const packageFile = new URL('../../package.json', import.meta.url);
export const { version } = Joi.attempt(
  JSON.parse(readFileSync(packageFile, 'utf8')),
  Joi.object<{ version: string }>({ version: Joi.string().required() }).unknown(),
);

export const userAgent = `callbus/${version}`;
