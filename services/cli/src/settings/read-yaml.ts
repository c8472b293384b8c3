import { messageOf } from '@callbus/runtime/observability/message-of';
import type Joi from 'joi';
import { parse } from 'yaml';
import { Failure } from '../program/failure.js';
import { readInput, textOfInput } from '../program/read-input.js';

/** Reads a YAML file and checks it. @throws Failure that says in one line what is wrong with the file */
export async function readYaml<Value>(file: string, schema: Joi.Schema<Value>): Promise<Value> {
  const text = textOfInput(file, await readInput(file));
  let found: unknown;
  try {
    found = (parse(text, { logLevel: 'error' }) as unknown) ?? {};
  } catch (error) {
    // The lines below show the place in the file.
    const [first = ''] = messageOf(error).split('\n');
    throw new Failure(`${file} is no valid YAML: ${first.replace(/:$/, '')}`);
  }
  const result = schema.validate(found);
  if (result.error !== undefined) throw new Failure(`${file} is not valid: ${result.error.message}`);
  return result.value;
}
