import Joi from 'joi';
import { readYaml } from '../settings/read-yaml.js';

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
export const readWanted = async (file: string): Promise<readonly Wanted[]> =>
  (await readYaml(file, schema)).subscriptions;
