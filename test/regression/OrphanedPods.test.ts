/**
 * `kubectl delete statefulset --cascade=orphan` ends no process. Pods without an
 * owner counted as gone: a primary that served on was replaced by the first
 * replica that the new StatefulSet adopted, and 60 acknowledged writes were lost.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Kinds from "../../src/domain/kube/Object.ts"
import { membersOf } from "../../src/domain/valkey/Members.ts"
import { defaults } from "../../src/domain/valkey/Settings.ts"
import { sentinel } from "../../src/programs/valkey/Sentinel.ts"
import * as Lab from "../programs/valkey/Lab.ts"

const pod = (name: string, uid: string, owner?: { readonly kind: string; readonly name: string }) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name,
    uid,
    ...(owner === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: "apps/v1", ...owner, uid: `uid of ${owner.kind}`, controller: true }] })
  }
})

describe("pods whose StatefulSet was deleted", () => {
  const family = { name: "demo", uid: "cluster", known: ["a", "b"] }
  const names = (pods: ReadonlyArray<ReturnType<typeof pod>>) =>
    membersOf(family, undefined, pods).map((member) => member.pod)

  it("stay members while nobody else owns them, and only those that were", () => {
    assert.deepStrictEqual(names([pod("demo-0", "a"), pod("demo-1", "b"), pod("demo-2", "stranger")]), [
      "demo-0",
      "demo-1"
    ])
    assert.deepStrictEqual(names([pod("demo-0", "a", { kind: "StatefulSet", name: "demo" })]), ["demo-0"])
    assert.deepStrictEqual(names([pod("demo-0", "a", { kind: "StatefulSet", name: "other" })]), [])
    assert.deepStrictEqual(names([pod("demo-0", "a", { kind: "ConfigMap", name: "demo" })]), [])
  })

  it.effect("keep their primary: nothing failed", () =>
    Effect.gen(function* () {
      yield* Lab.begin()
      yield* Lab.operator().run(1500)
      const { pass, initialMemory } = sentinel(defaults)
      let memory = initialMemory
      const turn = Effect.gen(function* () {
        const exit = yield* Lab.inTime(pass(Lab.key, memory))
        if (exit._tag === "Success") memory = exit.value.memory
      })
      yield* turn
      const before = yield* Lab.status
      yield* Lab.remove(Kinds.StatefulSet, Lab.name, { propagationPolicy: "Orphan" })
      for (let index = 0; index < 5; index++) yield* turn
      const { epoch, failover, primary } = yield* Lab.status
      assert.deepStrictEqual(
        { epoch, failover, primary },
        { epoch: before.epoch, failover: undefined, primary: before.primary }
      )
      yield* Lab.operator().run(2000)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.strictEqual((yield* Lab.status).epoch, before.epoch)
    }).pipe(Effect.provide(Lab.layer()))
  )
})
