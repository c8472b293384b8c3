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
    .addHelpText('after', '\nThe secret is read from CALLBUS_SECRET, else asked for. Several are separated by blanks.')
    .action(
      run<[string], { tolerance: number }>(async ({ env }, [file], { tolerance }) => {
        const { headers, body } = captureIn(await readInput(file));
        const given = env['CALLBUS_SECRET'];
        if (given === undefined && file === '-')
          throw new Failure('set CALLBUS_SECRET: standard input has the callback');
        const secret = (given ?? (await readSecret('secret (whsec_…): '))).split(/\s+/).filter(Boolean);
        const verdict = await verify(headers, body, { secret, toleranceS: tolerance });
        return verdict.ok
          ? { json: verdict, lines: [`verified ${verdict.id}`] }
          : { json: verdict, lines: [`${verdict.reason}: ${verdict.message}`], exitCode: exitCodes.negative };
      }),
    );
