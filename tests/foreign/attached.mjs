// node --import ./attached.mjs SERVER: the server ends with its standard input, so that none outlives who started it.

process.stdin.resume().on("close", () => process.exit());
