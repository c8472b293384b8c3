/** @returns the rows of the drills as a table of Markdown */
export function tableOf(rows) {
  const titles = [
    'drill',
    'accepted',
    'delivered',
    'repeated',
    'lost',
    'failed publishes',
    'longest without publishing',
  ];
  const cells = rows.map(({ name, accepted, delivered, repeated, lost, refused, longestMs }) => {
    const failed = Object.entries(refused).map(([status, count]) => `${count} x ${status}`);
    return [
      name,
      accepted,
      delivered,
      repeated,
      lost,
      failed.join(', ') || '0',
      `${(longestMs / 1_000).toFixed(1)} s`,
    ].map(String);
  });
  const widths = titles.map((title, index) => Math.max(title.length, ...cells.map((row) => row[index].length)));
  const line = (row) => `| ${row.map((cell, index) => cell.padEnd(widths[index])).join(' | ')} |`;
  return [line(titles), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...cells.map(line)].join('\n');
}
