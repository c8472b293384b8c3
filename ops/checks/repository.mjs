import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const pathTo = (...parts) => join(root, ...parts);
export const read = (...parts) => readFileSync(pathTo(...parts), 'utf8');
