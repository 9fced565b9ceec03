import { assert, describe, it } from "@effect/vitest"
import type { Action, Components, System } from "../../../src/domain/check/System.ts"
import { Compiled } from "../../../src/interpreters/check/engine/Compiled.ts"
import { Explore } from "../../../src/interpreters/check/engine/Explore.ts"
import { Regions } from "../../../src/interpreters/check/engine/Regions.ts"
import { Watched } from "../../../src/interpreters/check/engine/Watched.ts"
import { compiled } from "../../../src/interpreters/check/engine/Wasm.ts"
import { Words } from "../../../src/interpreters/check/engine/Words.ts"
import { twoPhase } from "../external/TwoPhase.ts"
import { randomSystem, type Values } from "./RandomSystems.ts"

/** All that was explored, compiled from so many cores on. */
const explored = <S extends Components>(system: System<S>, compiledFrom: number) => {
  const bounds = { maxCores: 1e6, maxBytes: 1e9, stopAtFirst: false, dominance: true, symmetry: false, compiledFrom }
  const all = new Compiled(system)
  const search = new Explore(all, new Watched(all, system.properties), bounds)
  while (search.advance(1000)) continue
  const { cores, depth, edges, nodes, transitions } = search
  const tuple = new Int32Array(all.width)
  const tuples = Array.from({ length: cores }, (_, core) => {
    search.tuples.read(core, tuple)
    search.tuples.set(tuple)
    return `${search.tuples.find()}: ${tuple.join()}`
  })
  assert.isTrue(tuples.every((text, core) => text.startsWith(`${core}: `)))
  const graph = [edges.begins, edges.to, edges.by].map(({ data, length }) => [...data.subarray(0, length)])
  const found = search.watched.always.map(({ core }) => core)
  return { cores, depth, nodes, transitions, found, tuples, graph, taken: [...search.taken] }
}

/** Without budgets and eager steps, so that loops are compiled. */
const plain = (seed: number) => {
  const { actions, eager: _, ...rest } = randomSystem(seed)
  const free = actions.map((action) => ({ ...action, fairness: "weak" as const }))
  return { ...rest, actions: free, budgets: {}, properties: rest.properties.filter(({ _tag }) => _tag !== "LeadsTo") }
}

describe("compiled loops", () => {
  it("find the same cores and the same edges, in the same order", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const system = plain(seed)
      assert.deepStrictEqual(explored(system, 0), explored(system, Infinity), system.name)
    }
  })

  it("take over in the middle, and go on while places double", () => {
    const expected = explored(twoPhase(5), Infinity)
    assert.strictEqual(expected.cores, 8832)
    for (const from of [0, 1000, 5000])
      assert.strictEqual(JSON.stringify(explored(twoPhase(5), from)), JSON.stringify(expected))
  })

  it("find every tuple again however often places doubled", () => {
    assert.strictEqual(explored(twoPhase(6), 0).cores, 50_816)
  })

  it("leave what tables cannot have to others, in the same arrays", () => {
    const { actions, ...rest } = twoPhase(5)
    const looks: (typeof actions)[number] = {
      name: "looks for a free name",
      fairness: "weak",
      outcomes: (read) => {
        read.unused("x")
        return []
      }
    }
    const system = { ...rest, actions: [...actions, looks] }
    assert.strictEqual(JSON.stringify(explored(system, 0)), JSON.stringify(explored(system, Infinity)))
  })

  it("begin again when what others do needs more bits", () => {
    const count = (name: string, isFree: boolean): Action<Values> => ({
      name,
      fairness: "weak",
      outcomes: (read) => {
        if (isFree) read.unused("x")
        return [{ key: "", set: { [name]: (Number(read(name)) + 1) % 40 } }]
      }
    })
    const system: System<Values> = {
      name: "two counters",
      // The one that is packed anew by others lies first: what tables look at moves.
      initial: [{ b: 0, a: 0 }],
      actions: [count("a", false), count("b", true)],
      budgets: {},
      properties: []
    }
    const expected = explored(system, Infinity)
    assert.strictEqual(expected.cores, 1600)
    assert.strictEqual(expected.transitions, 3200)
    assert.strictEqual(JSON.stringify(explored(system, 0)), JSON.stringify(expected))
  })
})

describe("the language of loops", () => {
  const run = (source: string, ...parameters: ReadonlyArray<number>): number => {
    const regions = new Regions([new Words(16)])
    return compiled(source, regions.memory)["f"]!(...parameters)
  }

  it("has numbers, choices and loops that may be left", () => {
    assert.strictEqual(run("(f (n) (= sum 0) (while n (= sum (+ sum n)) (= n (- n 1))) (return sum))", 100), 5050)
    assert.strictEqual(run("(f (n) (= i 0) (while 1 (= i (+ i 1)) (if (== (* i i) n) (break))) (return i))", 169), 13)
    assert.strictEqual(run("(f (n) (return (? (< n 5) 1000000 -1000000)))", 4), 1_000_000)
    assert.strictEqual(run("(f (n) (return (? (< n 5) 1000000 -1000000)))", -1), -1_000_000)
    assert.strictEqual(run("(f (n) (! 8 n) (! 12 (^ (@ 8) 5)) (return (@ 12)))", 3), 6)
  })

  it("says what it does not know", () => {
    assert.throws(() => run("(f () (return x))"), /no variable x/)
    assert.throws(() => run("(f () (jump 3))"), /no statement/)
    assert.throws(() => run("(f () (return (/ 3 2)))"), /no value/)
  })
})

describe("arrays in one memory", () => {
  const arrays = (): readonly [Words, Words] => [new Words(4), new Words(4)]

  it("keep what they hold, and zeroes behind it, while one pushes on the next", () => {
    const [one, other] = arrays()
    one.push(1)
    other.push(2)
    const regions = new Regions([one, other])
    for (let i = 0; i < 100_000; i++) one.push(i)
    other.push(3)
    assert.deepStrictEqual([...one.data.subarray(0, 3)], [1, 0, 1])
    assert.deepStrictEqual([...other.data.subarray(0, 3)], [2, 3, 0])
    assert.isTrue(one.data.subarray(one.length).every((word) => word === 0))
    assert.isFalse(regions.isDissolved)
  })

  it("go their own ways where it is too much for one", () => {
    const [one, other] = arrays()
    one.push(1)
    other.push(2)
    const regions = new Regions([one, other], 4)
    for (let i = 0; i < 100_000; i++) one.push(i)
    assert.isTrue(regions.isDissolved)
    assert.deepStrictEqual([one.data[0], other.data[0]], [1, 2])
  })
})
