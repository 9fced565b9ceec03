/**
 * What the cache does not show yet was written again, an open failover that only
 * waited for slices read the API a hundred times a second, and a foreign object of
 * a name of ours was asked for at every pass.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Exit } from "effect"
import type { Command, Outcome, Performs } from "../../src/domain/Capability.ts"
import * as Cache from "../../src/domain/kube/Cache.ts"
import { CachedGet } from "../../src/domain/kube/Kubernetes.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as Reflector from "../../src/domain/kube/Reflector.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import * as Lab from "../programs/valkey/Lab.ts"
import { requestOf } from "../programs/valkey/Spoil.ts"

const isCached = ({ _tag }: Command): boolean => _tag === "CachedGet" || _tag === "CachedList"

/** The world whose watches of Services, slices and records stand still while `isLate`. */
const late = () => {
  const asked: Array<Command> = []
  const known = new Map<string, Exit.Exit<unknown, unknown>>()
  const state = { isLate: false }
  const stands = (command: Command): boolean =>
    isCached(command) && ["services", "configmaps", "endpointslices"].includes(requestOf(command)?.resource ?? "")
  const layer = Lab.layer(<C extends Command>(inner: Performs<C>): Performs<C> => ({
    perform: <A extends C>(command: A): Outcome<A> =>
      Effect.suspend(() => {
        asked.push(command)
        const name = JSON.stringify(command.encode())
        const before = state.isLate && stands(command) ? known.get(name) : undefined
        // What the same command was answered has its types.
        if (before !== undefined) return before as Exit.Exit<never, never> as Outcome<A>
        return Effect.onExit(inner.perform(command), (exit) =>
          Effect.sync(() => {
            if (stands(command)) known.set(name, exit)
          })
        )
      })
  }))
  return { asked, layer, state }
}

describe("caches that stand still during a failover", () => {
  const { asked, layer, state } = late()
  it.effect("make nothing be written twice, and nothing be read from the server while slices are waited for", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      const operator = Lab.operator()
      yield* operator.run(1500)
      // A slice that leads to the old primary for as long as the cache stands still.
      yield* Lab.change("demo-0", (nodes, id) => Process.kill(nodes, id))
      state.isLate = true
      asked.length = 0
      yield* operator.run(1000)
      const count = (tag: string) => asked.filter(({ _tag }) => _tag === tag).length
      assert.deepStrictEqual([count("PatchService"), count("BroadcastTopology")], [1, 0])
      assert.strictEqual((yield* Lab.status).failover?.phase, "Routing")
      asked.length = 0
      yield* operator.run(1000)
      const sent = asked.filter((command) => requestOf(command) !== undefined && !isCached(command))
      // People are told once that it waits.
      assert.deepStrictEqual(
        sent.map(({ _tag }) => _tag),
        ["PatchStatus"]
      )
      yield* operator.run(6000)
      assert.isUndefined((yield* Lab.status).failover)
      assert.deepStrictEqual([count("PatchService"), count("BroadcastTopology")], [0, 1])
      state.isLate = false
      yield* operator.run(1000)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.deepStrictEqual([count("PatchService"), count("BroadcastTopology")], [0, 1])
    }).pipe(Effect.provide(layer))
  )
})

describe("a cached read of an object with our labels", () => {
  const view = (labelSelector: string): Cache.View => ({
    scope: { resource: Kinds.Service, labelSelector },
    state: { ...Reflector.start[0], isSynced: true }
  })
  const ask = (labelSelector?: string) =>
    Cache.answer(
      [view("app=valkey")],
      new CachedGet({
        resource: Kinds.Service,
        namespace: "shop",
        name: "demo-client",
        ...(labelSelector === undefined ? {} : { labelSelector })
      }).encode()
    )?.status

  it("is answered by a watch of those that have them, also that there is none", () => {
    assert.strictEqual(ask("app=valkey,instance=demo"), 404)
    assert.isUndefined(ask("app=other"))
    assert.isUndefined(ask())
  })
})
