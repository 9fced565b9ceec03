import { defineConfig } from "vitest/config"

export default defineConfig({
  // Examples name the package: here they get its sources, not what was built last.
  resolve: {
    alias: [
      { find: /^gungnir$/, replacement: `${import.meta.dirname}/src/index.ts` },
      { find: /^gungnir\/(\w+)$/, replacement: `${import.meta.dirname}/src/$1.ts` }
    ]
  },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/servers/Setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Processes, sockets and clocks are real here: on a shared machine one of a thousand may come too late once.
    retry: process.env["CI"] === undefined ? 0 : 1
  }
})
