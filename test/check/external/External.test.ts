/** Counts and verdicts that others published or measured (`verification:4`), reached by our engine. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Components, System } from "../../../src/domain/check/System.ts"
import { check } from "../../../src/interpreters/check/Check.ts"
import { steps, textOf } from "../engine/Reference.ts"
import { allocator } from "./Allocator.ts"
import { commit } from "./Commit.ts"
import { kubeApi } from "./KubeApi.ts"
import { paxos } from "./Paxos.ts"
import { replicatedLog } from "./ReplicatedLog.ts"
import { termination } from "./Termination.ts"
import { twoPhase } from "./TwoPhase.ts"

const explored = <S extends Components>(system: System<S>) =>
  Effect.map(check(system, { symmetry: false }), ({ coverage, verdicts }) => ({
    cores: coverage.cores,
    depth: coverage.depth,
    verdicts: Object.fromEntries(verdicts.map(({ property, verdict }) => [property, verdict])),
    traces: Object.fromEntries(verdicts.map(({ property, trace }) => [property, trace]))
  }))

const permutations = (names: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  names.length === 0
    ? [[]]
    : names.flatMap((name) => permutations(names.filter((other) => other !== name)).map((rest) => [name, ...rest]))

/** How many states there are but for the names of interchangeable elements, by the reference. */
const orbitsOf = <S extends Components>(system: System<S>): number => {
  const { elements, rename } = system.symmetric!
  const renamings = permutations(elements).map((names) => new Map(elements.map((name, i) => [name, names[i]!])))
  const least = (state: S) =>
    renamings.map((renaming) => textOf(rename(state, renaming))).reduce((a, b) => (a < b ? a : b))
  const found = new Map(system.initial.map((state) => [least(state), state]))
  for (const state of found.values()) {
    for (const { next } of steps(system, state)) found.set(least(next), found.get(least(next)) ?? next)
  }
  return found.size
}

describe("two-phase commit", () => {
  for (const [managers, cores] of [
    [3, 288],
    [5, 8832],
    [7, 296_448],
    [8, 1_745_408]
  ] as const) {
    it.effect(`of ${managers} has ${cores} states`, () =>
      Effect.gen(function* () {
        const result = yield* explored(twoPhase(managers))
        assert.strictEqual(result.cores, cores)
        assert.deepStrictEqual(Object.values(result.verdicts), ["holds", "holds"])
      })
    )
  }

  for (const [managers, orbits] of [
    [3, 80],
    [5, 314],
    [7, 920]
  ] as const) {
    it.effect(`of ${managers} that are interchangeable has ${orbits} states`, () =>
      Effect.gen(function* () {
        const { coverage, verdicts } = yield* check(twoPhase(managers))
        assert.strictEqual(coverage.cores, orbits)
        assert.deepStrictEqual(
          verdicts.map(({ verdict }) => verdict),
          ["holds", "holds"]
        )
      })
    )
  }

  for (const managers of [2, 3, 4]) {
    it.effect(
      `of ${managers} that are interchangeable has as many states as there are when all renamings are tried`,
      () =>
        Effect.gen(function* () {
          const system = twoPhase(managers)
          assert.strictEqual((yield* check(system)).coverage.cores, orbitsOf(system))
        })
    )
  }
})

describe("Paxos", () => {
  it.effect("of three servers and two clients has 16,668 states and is linearizable", () =>
    Effect.gen(function* () {
      const result = yield* explored(paxos)
      assert.strictEqual(result.cores, 16_668)
      assert.deepStrictEqual(result.verdicts, { linearizable: "holds", "a value is read": "holds" })
    })
  )
})

describe("the Kubernetes API of tla-kubernetes", () => {
  const cases = [
    { canFail: false, canTimeOut: false, cores: 8203, depth: 109 },
    { canFail: false, canTimeOut: true, cores: 163_408, depth: 124 },
    { canFail: true, canTimeOut: false, cores: 89_084, depth: 128 },
    { canFail: true, canTimeOut: true, cores: 163_408, depth: 124 }
  ] as const
  const actors = (result: Effect.Success<ReturnType<typeof explored>>) =>
    new Set(result.traces["reconcile completes"]?.cycle.map(({ action }) => action))

  for (const { canFail, canTimeOut, cores, depth } of cases) {
    const title = `${canFail ? "with" : "without"} failures, ${canTimeOut ? "with" : "without"} timeouts`
    it.effect(`${title}, has ${cores} states; that reconcile completes fails as expected`, () =>
      Effect.gen(function* () {
        const result = yield* explored(kubeApi({ canFail, canTimeOut }, "somebody"))
        assert.strictEqual(result.cores, cores)
        // The published figure counts the states on the way, ours the steps.
        assert.strictEqual(result.depth, depth - 1)
        assert.strictEqual(result.verdicts["one version of an object"], "holds")
        assert.strictEqual(result.verdicts["reconcile completes"], "violated")
      })
    )

    it.effect(`${title}, reconcile need not complete although each process goes on`, () =>
      Effect.gen(function* () {
        const result = yield* explored(kubeApi({ canFail, canTimeOut }, "processes"))
        assert.strictEqual(result.cores, cores)
        assert.strictEqual(result.verdicts["reconcile completes"], "violated")
      })
    )
  }

  it.effect("even a server that is fair to each caller does not help: the client writes over what was bound", () =>
    Effect.gen(function* () {
      const result = yield* explored(kubeApi({ canFail: false, canTimeOut: false }, "callers"))
      assert.strictEqual(result.verdicts["reconcile completes"], "violated")
      assert.deepStrictEqual(actors(result), new Set(["client", "server", "volume controller"]))
    })
  )

  it.effect("the run of a server that is fair to nobody in particular starves the client", () =>
    Effect.gen(function* () {
      const result = yield* explored(kubeApi({ canFail: false, canTimeOut: false }, "processes"))
      assert.deepStrictEqual(actors(result), new Set(["server", "volume controller"]))
    })
  )
})

describe("of the TLA+ examples", () => {
  it.effect("EWD840 of 3 and 4 nodes has 302 and 1,566 states; that everybody comes to rest fails, as expected", () =>
    Effect.gen(function* () {
      const result = yield* explored(termination(3))
      assert.strictEqual(result.cores, 302)
      assert.deepStrictEqual(result.verdicts, {
        "what is detected is true": "holds",
        "termination is detected": "holds",
        "everybody rests": "violated"
      })
      assert.strictEqual((yield* explored(termination(4))).cores, 1566)
    })
  )

  it.effect("SchedulingAllocator has 1,690 states, and every client is served", () =>
    Effect.gen(function* () {
      const result = yield* explored(allocator(3, 2))
      assert.strictEqual(result.cores, 1690)
      assert.deepStrictEqual(new Set(Object.values(result.verdicts)), new Set(["holds"]))
    })
  )

  it.effect("ACP_NB has 4,284 states and does not block", () =>
    Effect.gen(function* () {
      const result = yield* explored(commit(2, false))
      assert.strictEqual(result.cores, 4284)
      assert.deepStrictEqual(new Set(Object.values(result.verdicts)), new Set(["holds"]))
    })
  )

  it.effect("ACP_NB_WRONG lets two decide differently, as expected", () =>
    Effect.gen(function* () {
      const result = yield* explored(commit(2, true))
      assert.strictEqual(result.verdicts["all who decide, decide the same"], "violated")
      assert.isFalse(result.traces["all who decide, decide the same"]?.isLasso)
    })
  )

  it.effect("DistributedReplicatedLog: logs need never be equal again, as expected", () =>
    Effect.gen(function* () {
      const result = yield* explored(replicatedLog(3, 3))
      assert.strictEqual(result.verdicts["the lag is bounded"], "holds")
      assert.strictEqual(result.verdicts["0 and 1 are equal again and again"], "violated")
      assert.isTrue(result.traces["0 and 1 are equal again and again"]?.isLasso)
    })
  )
})
