// Checks the syntax of the Dockerfile and the rules of this repository. It builds nothing.
import { DockerfileParser } from 'dockerfile-ast';
import { validate, ValidationSeverity } from 'dockerfile-utils';
import { createOutcome } from './outcome.mjs';
import { read } from './repository.mjs';

const outcome = createOutcome('Dockerfile');
const { expect } = outcome;
const text = read('Dockerfile');
const all = Object.fromEntries(
  [
    'deprecatedMaintainer',
    'directiveCasing',
    'emptyContinuationLine',
    'instructionCasing',
    'instructionCmdMultiple',
    'instructionEntrypointMultiple',
    'instructionHealthcheckMultiple',
    'instructionJSONInSingleQuotes',
    'instructionWorkdirRelative',
  ].map((rule) => [rule, ValidationSeverity.ERROR]),
);
for (const { message, range } of validate(text, all)) outcome.fault(`line ${range.start.line + 1}: ${message}`);
expect(validate(text.replace('WORKDIR /build', 'WORKDIR build'), all).length === 1, 'the linter accepts anything');

const dockerfile = DockerfileParser.parse(text);
const instructions = dockerfile.getInstructions();
const stages = instructions.filter((one) => one.getKeyword() === 'FROM');
const last = instructions.slice(instructions.lastIndexOf(stages.at(-1)));
const lastOf = (keyword) => last.findLast((one) => one.getKeyword() === keyword);
expect(stages.length > 1, 'the tools of the build are in the image');
expect(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-/m.test(text), 'the base image has no exact version');
expect(/^\d+:\d+$/.test(lastOf('USER')?.getArgumentsContent() ?? ''), 'the user is not given by number');
expect(!/^0[:]/.test(lastOf('USER')?.getArgumentsContent() ?? '0:'), 'runs as root');
expect(lastOf('HEALTHCHECK') !== undefined, 'has no health check');
// A shell would be the first process and ignore SIGTERM.
expect(lastOf('CMD')?.getArgumentsContent().startsWith('['), 'CMD runs a shell');
expect(
  last.every((one) => one.getKeyword() !== 'RUN'),
  'the image itself runs commands: its layers grow',
);
expect(!/(TOKEN|PASSWORD|SECRET)/.test(text), 'names a secret');
expect(
  instructions.every((one) => one.getKeyword() !== 'ADD'),
  'uses ADD instead of COPY',
);
expect(read('.dockerignore').split('\n').includes('*'), '.dockerignore does not exclude everything by default');
outcome.tell(`${instructions.length} instructions, no finding`);
console.log(
  '  Dockerfile: linted by dockerfile-utils (neither Debian nor npm has a package of hadolint); built by check:engine.',
);
