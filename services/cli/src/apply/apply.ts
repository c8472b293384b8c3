import { maskHeaders } from '@callbus/contracts/subscriptions/sealed-headers';
import { Command } from 'commander';
import type { Output } from '../output/output.js';
import { withProgress } from '../output/progress.js';
import { short, textOf } from '../output/table.js';
import { exitCodes } from '../program/exit-codes.js';
import { Failure, failureOf } from '../program/failure.js';
import type { Context, Runner } from '../program/run.js';
import { anySuccess } from '../subscriptions/definition.js';
import { describedFields, expectAccepted } from '../subscriptions/described-fields.js';
import { searchSubscriptions } from '../subscriptions/find.js';
import { carryOut, type CarriedOut } from './carry-out.js';
import { readWanted, type Wanted } from './file.js';
import { planOf, type Plan } from './plan.js';

interface Options {
  readonly file: string;
  readonly dryRun?: true;
  readonly prune?: true;
}

export const applySubs = ({ runToEnd }: Runner): Command =>
  new Command('apply')
    .description('create and change subscriptions so that they are what a file says, and show the differences')
    .requiredOption('-f, --file <file>', 'YAML: subscriptions, a list of fields as in docs/subscribing.md')
    .option('--dry-run', 'only show the differences')
    .option('--prune', 'delete subscriptions of the account that the file does not name')
    .action(
      runToEnd<[], Options>(async (context, _args, { file, dryRun = false, prune = false }) => {
        const { output, settings } = context;
        const wanted = await readWanted(file);
        const plan = planOf(wanted, await searchSubscriptions(context));
        await expectAllAccepted(context, wanted, plan);
        const remove = prune ? plan.others : [];
        if (dryRun) return { json: jsonOf(plan, remove, {}), lines: linesOf(output, plan, remove, dryRun) };
        const carriedOut = await withProgress(output, 'applying', (progress) =>
          carryOut(context, plan, remove, progress),
        );
        const { secrets, done, total } = carriedOut;
        const secretLines = Object.entries(secrets).map(
          ([name, secret]) => `secret of ${name}: ${secret}  (shown only now)`,
        );
        if (done === total)
          return {
            json: jsonOf(plan, remove, secrets),
            lines: [...linesOf(output, plan, remove, dryRun), ...secretLines],
          };
        const rest = `did ${done} of ${total} steps: apply again for the others`;
        output.show({ json: { done, total, secrets }, lines: [...secretLines, rest] });
        throw failureOfStep(carriedOut.failure, settings.url);
      }),
    );

/** @throws an error that nobody expects */
function failureOfStep(failed: CarriedOut['failure'], url: string): Failure {
  if (failed === undefined) return new Failure('interrupted', exitCodes.interrupted);
  const failure = failureOf(failed.error, url);
  if (failure === undefined) throw failed.error;
  return new Failure(`${failed.name}: ${failure.message}`, failure.exitCode);
}

/** Checks the whole file, so that no step is taken before another is refused. @throws Failure that names the first fault */
async function expectAllAccepted(context: Context, wanted: readonly Wanted[], { create }: Plan): Promise<void> {
  const bodies = await describedFields(context);
  if (bodies === undefined) return;
  const isNew = new Set(create);
  for (const each of wanted) {
    const of = `the subscription ${each.subscription_name}`;
    if (isNew.has(each)) await expectAccepted(bodies.create, { ...anySuccess, ...each }, of);
    else await expectAccepted(bodies.change, each, of);
  }
}

function linesOf({ colors }: Output, plan: Plan, remove: Plan['others'], isDryRun: boolean): string[] {
  const { create, change, unchanged, others } = plan;
  const kept = others.length - remove.length;
  const counts = [
    `${create.length} ${isDryRun ? 'to create' : 'created'}`,
    `${change.length} ${isDryRun ? 'to change' : 'changed'}`,
    `${remove.length} ${isDryRun ? 'to delete' : 'deleted'}`,
    `${unchanged} unchanged`,
    ...(kept > 0 ? [`${kept} not in the file (--prune deletes them)`] : []),
  ];
  const value = (of: unknown) => short(textOf(of), 80);
  return [
    ...create.map(({ subscription_name: name }) => colors.green(`+ ${name}`)),
    ...change.flatMap(({ current, changes }) => [
      colors.yellow(`~ ${current.subscription_name}`),
      ...changes.map(({ field, from, to }) => `    ${field}: ${value(from)} → ${value(shown(field, to))}`),
    ]),
    ...remove.map(({ subscription_name: name }) => colors.red(`- ${name}`)),
    counts.join(', '),
  ];
}

/** Secret header values are printed as the bus answers them. */
function shown(field: string, value: unknown): unknown {
  return field === 'headers' ? maskHeaders(value as Readonly<Record<string, string>>) : value;
}

function jsonOf(plan: Plan, remove: Plan['others'], secrets: object) {
  return {
    created: plan.create.map(({ subscription_name: name }) => name),
    changed: plan.change.map(({ current, changes }) => ({
      subscription_name: current.subscription_name,
      changes: changes.map((change) => ({ ...change, to: shown(change.field, change.to) })),
    })),
    deleted: remove.map(({ subscription_name: name }) => name),
    unchanged: plan.unchanged,
    secrets,
  };
}
