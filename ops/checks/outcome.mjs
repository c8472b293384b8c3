// How each check tells what it found: every fault, then one line; the exit code is 1 when there was a fault.
export function createOutcome(title) {
  const faults = [];
  return {
    fault: (text) => void faults.push(text),
    expect(isRight, text) {
      if (!isRight) faults.push(text);
    },
    tell(summary) {
      for (const fault of faults) console.error(`  ✗ ${fault}`);
      console.log(
        `${faults.length === 0 ? '✓' : '✗'} ${title}: ${faults.length === 0 ? summary : `${faults.length} faults`}`,
      );
      if (faults.length > 0) process.exitCode = 1;
    },
  };
}
