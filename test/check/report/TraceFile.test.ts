import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Trace } from "../../../src/domain/check/Trace.ts"
import * as Delta from "../../../src/interpreters/check/report/Delta.ts"
import * as Plain from "../../../src/interpreters/check/report/Plain.ts"
import * as TraceFile from "../../../src/interpreters/check/report/TraceFile.ts"

/** State data of every shape that a component may have, few keys, so that two of them have much in common. */
const value = (tape: ReadonlyArray<number>): unknown => {
  let at = 0
  const next = () => tape[at++ % tape.length]! + at
  const keys = ["a", "b", "$map", "__proto__", "0"]
  const make = (depth: number): unknown => {
    const kind = next() % (depth > 3 ? 8 : 14)
    const many = <A>(item: () => A): ReadonlyArray<A> => Array.from({ length: next() % 4 }, item)
    const fields = () => many(() => [keys[next() % keys.length]!, make(depth + 1)] as const)
    const scalars = [undefined, null, true, 7, Number.NaN, 12n, "text", Uint8Array.of(1, 255)]
    if (kind < 8) return scalars[kind]
    if (kind < 10) return Object.fromEntries(fields())
    if (kind < 12) return many(() => make(depth + 1))
    if (kind === 12) return new Map(fields())
    return next() % 2 === 0
      ? new Set(["x", 1])
      : many(() => make(depth + 1)).reduce(
          (before: unknown, reply) => ({ slot: 1, reply, before }),
          next() % 5 === 0 ? 7 : null
        )
  }
  return make(0)
}

const tape = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))), {
  minLength: 6,
  maxLength: 40
})

const step = (component: string, before: unknown, after: unknown, cost?: string) => ({
  action: "api: handle",
  key: "one",
  says: "it is so",
  ...(cost === undefined ? {} : { cost }),
  changes: [{ component, before, after }]
})

const lasso = (states: ReadonlyArray<unknown>): Trace => ({
  model: "toy",
  property: "it ends",
  initial: { one: states[0], two: states[1] },
  stem: [step("one", states[0], states[1]), step("two", states[1], states[2], "crash")],
  cycle: [step("one", states[1], states[2]), step("one", states[2], states[1])],
  isLasso: true,
  rescue: [{ action: "gc", key: "v", because: "disabled", at: 0 }]
})

describe("a trace as a file", () => {
  it.effect.prop("a value of any shape comes back from its JSON", [tape], ([numbers]) =>
    Effect.sync(() => {
      const written: Plain.Json = JSON.parse(JSON.stringify(Plain.encode(value(numbers))))
      assert.deepStrictEqual(Plain.decode(written), value(numbers))
    })
  )

  it.effect.prop("edits lead from one value to the other, and there are none between equals", [tape, tape], (tapes) =>
    Effect.sync(() => {
      const [before, after] = [Plain.encode(value(tapes[0])), Plain.encode(value(tapes[1]))]
      assert.strictEqual(Plain.text(Delta.apply(before, Delta.between(before, after))), Plain.text(after))
      assert.deepStrictEqual(Delta.between(after, Plain.encode(value(tapes[1]))), [])
    })
  )

  it.effect.prop("what is written is read again, every state in full", [tape, tape, tape], (tapes) =>
    Effect.gen(function* () {
      const trace = lasso(tapes.map(value))
      assert.deepStrictEqual(yield* TraceFile.parse(TraceFile.print(trace)), trace)
    })
  )

  it("a change deep in a large list is one edit at its path", () => {
    const pods = Array.from({ length: 50 }, (_, index) => ({ name: `v-${index}`, status: { ready: true } }))
    const after = pods.with(7, { name: "v-7", status: { ready: false } })
    assert.deepStrictEqual(Delta.between(Plain.encode({ pods }), Plain.encode({ pods: after })), [
      { path: ["pods", 7, "status", "ready"], before: true, after: false }
    ])
    assert.deepStrictEqual(Delta.between(Plain.encode(pods), Plain.encode(pods.toSpliced(3, 1))), [
      { path: [], at: 3, removed: [Plain.encode(pods[3])], added: [] }
    ])
  })

  it("an answer more in a long log of a program is one edit", () => {
    const log = Array.from({ length: 400 }, (_, slot) => ({ slot, reply: { status: 200 } })).reduce<unknown>(
      (before, item) => ({ ...item, before }),
      null
    )
    const longer = { slot: 400, reply: { status: 404 }, before: log }
    assert.deepStrictEqual(Delta.between(Plain.encode({ log }), Plain.encode({ log: longer })), [
      { path: ["log", "$chain"], at: 400, removed: [], added: [{ slot: 400, reply: { status: 404 } }] }
    ])
  })

  it.effect("another version, another format and a change that does not fit are refused with what is wrong", () =>
    Effect.gen(function* () {
      const text = TraceFile.print(lasso([{ a: 1 }, { a: 2 }, { a: 3 }]))
      const read = (changed: string) => Effect.map(Effect.flip(TraceFile.parse(changed)), ({ message }) => message)
      assert.include(yield* read(text.replace(`"version": 1`, `"version": 7`)), "version 7")
      assert.include(yield* read(text.replace("gungnir/trace", "other/trace")), "gungnir/trace")
      assert.include(yield* read("{"), "no trace that can be replayed")
      assert.include(yield* read(text.replaceAll(`"path":["a"]`, `"path":["b","c"]`)), `there is no "b"`)
    })
  )
})
