import { Command } from 'commander';
import type { Shown } from '../output/output.js';
import type { Context, MakeAction } from '../program/run.js';
import { pathOf } from './find.js';

export type SubscriptionPath = Awaited<ReturnType<typeof pathOf>>;

/** @param rest the further arguments of the command */
type Act<Options, Rest extends readonly unknown[]> = (
  context: Context,
  path: SubscriptionPath,
  options: Options,
  ...rest: Rest
) => Promise<Shown>;

/**
 * Makes a command on one subscription, which its first argument names by id or name.
 *
 * @param makeAction `run` or `runToEnd`
 * @param act what the command does, with the path of the subscription in the API
 */
export const onSubscription = <Options = object, Rest extends readonly unknown[] = []>(
  name: string,
  description: string,
  makeAction: MakeAction,
  act: Act<Options, Rest>,
): Command =>
  new Command(name)
    .description(description)
    .argument('<subscription>', 'its id or name')
    .action(
      makeAction<[string, ...Rest], Options>(async (context, [idOrName, ...rest], options) =>
        act(context, await pathOf(context, idOrName), options, ...rest),
      ),
    );
