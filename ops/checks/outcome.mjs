// Reports the result of a check: every fault, then one line. The exit code is 1 after a fault.
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
