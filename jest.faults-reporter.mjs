import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const columns = ['drill', 'accepted', 'delivered', 'duplicate', 'lost', 'notes'];

/** Collects the reports of the drills and prints them as one table at the end. */
export default class DrillReporter {
  directory = mkdtempSync(join(tmpdir(), 'callbus-drills-'));
  file = join(this.directory, 'report');

  onRunStart() {
    writeFileSync(this.file, '');
    process.env.CALLBUS_DRILL_REPORT = this.file;
  }

  onRunComplete() {
    const lines = readFileSync(this.file, 'utf8').split('\n').filter(Boolean);
    rmSync(this.directory, { recursive: true });
    const rows = lines.map((line) => columns.map((column) => String(JSON.parse(line)[column])));
    rows.sort(([one], [other]) => parseInt(one) - parseInt(other));
    if (rows.length > 0) process.stderr.write(`\n${table([columns, ...rows])}\n`);
  }
}

/** A table in Markdown. */
function table(rows) {
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const [head, ...body] = rows.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}
