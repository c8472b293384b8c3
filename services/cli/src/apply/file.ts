import { readFile } from 'node:fs/promises';
import { messageOf } from '@callbus/runtime/observability/message-of';
import Joi from 'joi';
import { parse } from 'yaml';
import { Failure } from '../program/failure.js';

/** A subscription as the file wants it: fields of the API by their names. */
export interface Wanted {
  readonly subscription_name: string;
  readonly [field: string]: unknown;
}

const schema = Joi.object<{ subscriptions: Wanted[] }>({
  subscriptions: Joi.array()
    .items(Joi.object({ subscription_name: Joi.string().required() }).pattern(Joi.string(), Joi.any().invalid(null)))
    .unique('subscription_name')
    .required(),
}).required();

/** @throws Failure that names what is wrong with the file */
export async function readWanted(file: string): Promise<readonly Wanted[]> {
  try {
    return Joi.attempt(parse(await readFile(file, 'utf8')), schema).subscriptions;
  } catch (error) {
    // joi draws the value below its message.
    throw new Failure(`${file}: ${messageOf(error).split('\n').at(-1) ?? ''}`);
  }
}
