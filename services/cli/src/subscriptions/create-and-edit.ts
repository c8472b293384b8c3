import { answerOf } from '@callbus/client';
import { Command } from 'commander';
import { Failure } from '../program/failure.js';
import type { Context, Runner } from '../program/run.js';
import { wholeNumber } from '../program/whole-number.js';
import { complete } from './definition.js';
import { describedFields, expectKnown } from './described-fields.js';
import { addFieldOptions, definitionOf, fieldsOfSet, type FieldOptions } from './field-options.js';
import { pathOf } from './find.js';

export const createSubs = ({ run }: Runner): Command =>
  addFieldOptions(new Command('create'))
    .description('create a subscription; only --to is required')
    .option('--biz <number>', 'the business that is stored with it', wholeNumber(), 0)
    .action(
      run<[], FieldOptions & { biz: number }>(async (context, _args, options) => {
        const { client, account } = context;
        const definition = complete(definitionOf(options));
        await expectSetIsKnown(context, options);
        const path = { account, biz: options.biz };
        const answer = await answerOf(
          client.api.POST('/api/v3/event/subscribe/{account}/{biz}', { params: { path }, body: definition }),
        );
        const { subscription_id: id, secret } = answer.data;
        const lines = [`created ${id}`, ...warningsIn(answer)];
        if (secret !== undefined) lines.push(`secret ${secret}  (shown only now)`);
        return { json: { ...answer.data, warnings: answer.warnings }, lines };
      }),
    );

export const editSubs = ({ run }: Runner): Command =>
  addFieldOptions(new Command('edit'))
    .description('change only the fields that are given')
    .argument('<subscription>', 'its id or name')
    .action(
      run<[string], FieldOptions>(async (context, [idOrName], options) => {
        const body = definitionOf(options);
        if (Object.keys(body).length === 0) throw new Failure('nothing to change: see callbus subs edit --help');
        await expectSetIsKnown(context, options);
        const path = await pathOf(context, idOrName);
        const answer = await answerOf(
          context.client.api.PATCH('/api/v3/event/subscribe/{account}/{biz}/{id}', { params: { path }, body }),
        );
        const changed = Object.keys(body);
        return {
          json: { subscription_id: path.id, changed, warnings: answer.warnings },
          lines: [`changed ${changed.join(', ')} of ${path.id}`, ...warningsIn(answer)],
        };
      }),
    );

/** @throws Failure that names a field of --set that no subscription has */
async function expectSetIsKnown(context: Context, options: FieldOptions): Promise<void> {
  const set = fieldsOfSet(options);
  const bodies = Object.keys(set).length === 0 ? undefined : await describedFields(context);
  if (bodies !== undefined) expectKnown(bodies.create, set, 'a subscription');
}

/** What the caller should know although the call succeeded. */
function warningsIn({ warnings = [] }: { warnings?: readonly { path: string; message: string }[] }): string[] {
  return warnings.map(({ path, message }) => `warning: ${path === '' ? '' : `${path}: `}${message}`);
}
