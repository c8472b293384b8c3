process.stderr.write('the benchmark is being built\n');
