/**
 * How fast the checker explores two-phase commit, and what a state costs.
 * `npm run bench:check [-- MANAGERS...]`
 */
import * as Effect from "effect/Effect"
import { Compiled } from "../src/interpreters/check/engine/Compiled.ts"
import { Explore } from "../src/interpreters/check/engine/Explore.ts"
import { Watched } from "../src/interpreters/check/engine/Watched.ts"
import { twoPhase } from "../test/check/engine/TwoPhase.ts"

const sizes = process.argv.slice(2).map(Number)
const bounds = { maxCores: 1e9, maxBytes: 8e9, stopAtFirst: false, dominance: true, symmetry: false }

const run = (count: number) => {
  const begin = performance.now()
  const compiled = new Compiled(twoPhase(count))
  const explored = new Explore(compiled, new Watched(compiled, []), bounds)
  while (explored.advance(100_000)) continue
  return { explored, compiled, millis: performance.now() - begin }
}

const program = Effect.sync(() => {
  for (const count of sizes.length > 0 ? sizes : [3, 5, 7, 8]) {
    const runs = Array.from({ length: count < 8 ? 5 : 3 }, () => run(count))
    const { compiled, explored, millis } = runs.toSorted((a, b) => a.millis - b.millis)[runs.length >> 1]!
    const rate = (n: number) => `${(n / millis / 1000).toFixed(2)} M/s`
    const bytes = (n: number) => `${(n / explored.cores).toFixed(0)} B`
    process.stdout.write(
      `2PC ${count}: ${explored.cores} states, ${explored.transitions} transitions, ${millis.toFixed(0)} ms, ` +
        `${rate(explored.cores)} states, ${rate(explored.transitions)} transitions, ` +
        `${bytes(explored.bytes)} per core with edges, ${bytes(compiled.bytes)} values and trees\n`
    )
  }
})

Effect.runSync(program)
