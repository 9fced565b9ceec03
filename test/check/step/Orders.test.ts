/** Answers to concurrent requests: taken in one order, as long as no order that is met makes a difference. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Log, type Program, Trie } from "../../../src/interpreters/check/step/Trie.ts"
import { get, stepper, type Toy } from "./Toys.ts"

const unbounded = { concurrency: "unbounded" } as const
const keys = ["a", "b", "c"]

const programOf = (pass: Effect.Effect<unknown, unknown, Toy>): Program => ({
  controller: pass,
  name: "toys shop/demo",
  memory: null,
  // Its capability is one of the stepper's.
  run: () => pass as Effect.Effect<unknown, unknown>
})

/** Who was answered, as the program hears it. */
const heard = (order: Array<string>, asked: ReadonlyArray<string>) =>
  Effect.forEach(asked, (key) => Effect.tap(get(key), () => Effect.sync(() => order.push(key))), unbounded)

const withOrder = <A>(then: (order: ReadonlyArray<string>) => Effect.Effect<A, unknown, Toy>, asked = keys) =>
  Effect.suspend(() => {
    const order: Array<string> = []
    return Effect.flatMap(heard(order, asked), () => then(order))
  })

/** The log after all of `keys` were answered in this order, one by one. */
const toldIn = (trie: Trie, program: Program, order: ReadonlyArray<string>): Log => {
  const slots = trie.at(program, null).calls.map(({ slot }) => slot)
  return order.reduce<Log>((log, key) => trie.told(program, log, slots[keys.indexOf(key)]!, 1), null)
}

const orders = [keys, ["a", "c", "b"], ["b", "a", "c"], ["b", "c", "a"], ["c", "a", "b"], ["c", "b", "a"]]

describe("answers of concurrent requests", () => {
  it("lead to one state in whatever order they come, where the program cannot tell", () => {
    const trie = new Trie(stepper())
    const program = programOf(withOrder(() => Effect.andThen(get("d"), get("e"))))
    const logs = orders.map((order) => JSON.stringify(toldIn(trie, program, order)))
    assert.strictEqual(new Set(logs).size, 1)
    assert.isAbove(trie.merged, 0)
    assert.strictEqual(trie.at(program, toldIn(trie, program, keys)).calls.length, 1)
  })

  it("are told apart where the program asks for something else after another order", () => {
    const trie = new Trie(stepper())
    const program = programOf(withOrder((order) => get(order.join("")), ["a", "b"]))
    const asked = [
      ["a", "b"],
      ["b", "a"]
    ].map((order) => trie.at(program, toldIn(trie, program, order)).calls.map(({ wire }) => wire))
    assert.deepStrictEqual(asked, [[["get", "ab"]], [["get", "ba"]]])
  })

  it("of which one makes a difference, and later, are found out whichever it is", () => {
    for (const telling of orders) {
      const trie = new Trie(stepper())
      const tells = (order: ReadonlyArray<string>) => get(order.join() === telling.join() ? "it" : "another")
      const program = programOf(withOrder((order) => Effect.andThen(get("d"), tells(order))))
      const go = () => {
        for (const order of orders) {
          const log = toldIn(trie, program, order)
          const [next] = trie.at(program, log).calls
          trie.at(program, { _tag: "Answered", slot: next!.slot, reply: 1, before: log })
        }
      }
      const said = (): string | undefined => {
        try {
          go()
          return trie.doubt()
        } catch (error) {
          return String(error)
        }
      }
      assert.match(said() ?? "nothing", /can tell in which order/u, telling.join())
    }
  })

  it("that make a difference only later are found out, and the error says what to do", () => {
    const trie = new Trie(stepper())
    const program = programOf(withOrder((order) => Effect.andThen(get("d"), get(order.join("")))))
    const go = () => {
      for (const order of orders) {
        const log = toldIn(trie, program, order)
        const [next] = trie.at(program, log).calls
        trie.at(program, { _tag: "Answered", slot: next!.slot, reply: 1, before: log })
      }
    }
    assert.throws(go, /toys shop\/demo can tell in which order concurrent requests were answered/u)
  })
})
