import { runCommand, standaloneCommand } from './command.js';

await runCommand(standaloneCommand('npm start --', process.env));
