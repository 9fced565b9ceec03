/**
 * A patch of the client Service named no version. One that an operator had left
 * under way when it crashed landed after the next one had led clients on: they
 * were led to a dead or demoted pod.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import type { Command, Outcome, Performs } from "../../src/domain/Capability.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import * as Lab from "../programs/valkey/Lab.ts"
import { refusal, requestOf } from "../programs/valkey/Spoil.ts"

const kill = (pod: string) => Lab.change(pod, (nodes, id) => Process.kill(nodes, id))
const primary = Effect.map(Lab.status, ({ masterPod = "" }) => masterPod)
const routed = Effect.map(
  Lab.get(Kinds.Service, "demo-client"),
  (service) => Kinds.field(service, "spec", "selector", "statefulset.kubernetes.io/pod-name") ?? "nobody"
)

const isPatch = ({ _tag }: Command): boolean => _tag === "PatchService"

/** What becomes of patches of the Service while `mode` says so; `left` is what was left under way. */
const between = () => {
  const state: { mode: "" | "crash" | "conflict"; left: Effect.Effect<unknown, unknown>; patches: number } = {
    mode: "",
    left: Effect.void,
    patches: 0
  }
  const layer = Lab.layer(<C extends Command>(inner: Performs<C>): Performs<C> => ({
    perform: <A extends C>(command: A): Outcome<A> =>
      Effect.suspend((): Outcome<A> => {
        if (!isPatch(command)) return inner.perform(command)
        state.patches += 1
        const { mode } = state
        state.mode = ""
        if (mode === "crash") {
          state.left = inner.perform(command)
          return Effect.interrupt
        }
        // `decode` has the types of the command's header.
        return mode === "conflict" ? (command.decode(refusal(409)) as Outcome<A>) : inner.perform(command)
      })
  }))
  return { layer, state }
}

describe("a patch of the client Service that a crashed operator left under way", () => {
  const { layer, state } = between()
  it.effect("is refused once the next operator has led clients on", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const first = Lab.operator()
      yield* first.run(1500)
      yield* kill("demo-0")
      state.mode = "crash"
      yield* first.turn
      assert.strictEqual(yield* routed, "demo-0")
      const chosen = yield* primary
      assert.notStrictEqual(chosen, "demo-0")
      const second = Lab.operator()
      yield* second.run(2000)
      assert.strictEqual(yield* routed, chosen)
      yield* kill(chosen)
      yield* second.run(2000)
      const next = yield* primary
      assert.notStrictEqual(next, chosen)
      const landed = yield* Effect.exit(state.left)
      assert.isTrue(Exit.isFailure(landed))
      assert.strictEqual(yield* routed, next)
    }).pipe(Effect.provide(layer))
  )
})

describe("a patch of the client Service that lost a race", () => {
  const { layer, state } = between()
  it.effect("is decided anew at the very next look, and not before", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      yield* kill("demo-0")
      Object.assign(state, { mode: "conflict", patches: 0 })
      yield* operator.turn
      assert.deepStrictEqual([yield* routed, state.patches], ["demo-0", 1])
      yield* operator.turn
      assert.deepStrictEqual([yield* routed, state.patches], [yield* primary, 2])
    }).pipe(Effect.provide(layer))
  )
})

describe("a cache that never shows the client Service as it is now", () => {
  let shown: Exit.Exit<unknown, unknown> | undefined
  let isLate = false
  const refused: Array<string> = []
  const layer = Lab.layer(<C extends Command>(inner: Performs<C>): Performs<C> => ({
    perform: <A extends C>(command: A): Outcome<A> =>
      Effect.suspend((): Outcome<A> => {
        const request = requestOf(command)
        const isRead = command._tag === "CachedGet" && request?.resource === "services"
        // What the same command was answered has its types.
        if (isRead && isLate && shown !== undefined) return shown as Exit.Exit<never, never> as Outcome<A>
        return Effect.onExit(inner.perform(command), (exit) =>
          Effect.sync(() => {
            if (isRead && request.name === "demo-client") shown = exit
            if (isPatch(command) && Exit.isFailure(exit)) refused.push(String(exit.cause))
          })
        )
      })
  }))

  it.effect("is no hindrance to whoever leads clients on twice", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      isLate = true
      for (const _ of ["first", "second"]) {
        const before = yield* primary
        yield* kill(before)
        yield* operator.run(2000)
        assert.notStrictEqual(yield* primary, before)
        assert.strictEqual(yield* routed, yield* primary)
      }
      assert.deepStrictEqual(refused, [])
    }).pipe(Effect.provide(layer))
  )

  it.effect("is no hindrance to whoever leads clients on after somebody else wrote it: one patch is refused", () =>
    Effect.gen(function* () {
      isLate = false
      refused.length = 0
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      isLate = true
      yield* Lab.patch(Kinds.Service, "demo-client", { metadata: { annotations: { note: "of somebody else" } } })
      const before = yield* primary
      yield* kill(before)
      yield* operator.run(2000)
      assert.notStrictEqual(yield* primary, before)
      assert.strictEqual(yield* routed, yield* primary)
      assert.strictEqual(refused.length, 1)
    }).pipe(Effect.provide(layer))
  )
})
