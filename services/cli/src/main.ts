#!/usr/bin/env node
import { runProgram } from './program/program.js';

// A reader that has seen enough, such as `head`, is no failure. Commands that run on end then (`stopping.ts`).
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await runProgram(process.argv.slice(2), process.env);
