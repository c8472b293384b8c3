import { verify } from '@callbus/client/receiver';
import { Command } from 'commander';
import { exitCodes } from '../program/exit-codes.js';
import { Failure } from '../program/failure.js';
import { readInput } from '../program/read-input.js';
import type { Runner } from '../program/run.js';
import { wholeNumber } from '../program/whole-number.js';
import { readSecret } from '../settings/read-secret.js';
import { captureIn } from './capture.js';

export const verifyCommand = ({ run }: Runner): Command =>
  new Command('verify')
    .description('Verify the signature of a captured callback, and say why it does not fit')
    .argument('<file>', 'an HTTP request as it came, or a line of callbus listen --json; - for standard input')
    .option('--tolerance <seconds>', 'by how much the clocks may differ', wholeNumber(), 300)
    .addHelpText(
      'after',
      '\nThe environment variable CALLBUS_SECRET has the secret of the subscription (whsec_…). Without it the secret is\n' +
        'asked for, or read from standard input. Blanks separate several secrets. callbus listen prints its own at its start.',
    )
    .action(
      run<[string], { tolerance: number }>(async ({ env }, [file], { tolerance }) => {
        const { headers, body } = captureIn(await readInput(file));
        const given = env['CALLBUS_SECRET'] ?? '';
        if (given.trim() === '' && file === '-')
          throw new Failure('set CALLBUS_SECRET to the secret: standard input has the callback');
        const text = given.trim() || (await readSecret('secret (whsec_…): ', ', or set CALLBUS_SECRET'));
        const secret = text.trim().split(/\s+/);
        const verdict = await verify(headers, body, { secret, toleranceS: tolerance });
        return verdict.ok
          ? { json: verdict, lines: [`verified ${verdict.id}`] }
          : { json: verdict, lines: [`${verdict.reason}: ${verdict.message}`], exitCode: exitCodes.negative };
      }),
    );
