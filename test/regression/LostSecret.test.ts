/**
 * A Secret deleted while no operator ran came back with a new password, which
 * its nodes did not know: nobody could log in any more, and no failover was to
 * be had. The operator remembered the password in memory only.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Kinds from "../../src/domain/kube/Object.ts"
import * as Lab from "../programs/valkey/Lab.ts"

const began = Effect.gen(function* () {
  yield* Lab.begin()
  yield* Lab.operator().run(1500)
  yield* Lab.command("demo-0", "SET", "a", "1")
  return { password: yield* Lab.password, uids: yield* Lab.podUids }
})

/** Nothing was lost, nobody was replaced, and everything works. */
const isUntouched = ({ password, uids }: { readonly password: string; readonly uids: ReadonlyArray<string> }) =>
  Effect.gen(function* () {
    assert.strictEqual(yield* Lab.isWhole(), "whole")
    assert.strictEqual(yield* Lab.password, password)
    assert.deepStrictEqual(yield* Lab.podUids, uids)
    assert.strictEqual((yield* Lab.status).epoch, 1)
    assert.strictEqual(yield* Lab.command("demo-0", "GET", "a"), "1")
    assert.deepInclude(yield* Lab.condition("Reconciled"), { status: "True" })
    assert.deepInclude(yield* Lab.condition("Degraded"), { status: "False" })
  })

const labels = { "app.kubernetes.io/name": "valkey", "app.kubernetes.io/instance": "demo" }
const byHand = (password: string, more: object = {}) =>
  Lab.create(Kinds.Secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "demo-secret", namespace: Lab.namespace, ...more },
    data: { password: btoa(password) }
  })

describe("a Secret that is deleted while no operator runs", () => {
  it.effect("comes back with the password that the nodes use", () =>
    Effect.gen(function* () {
      const before = yield* began
      yield* Lab.remove(Kinds.Secret, "demo-secret")
      yield* Lab.operator().run(1500)
      yield* isUntouched(before)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("with its copy: no password is drawn while pods run, it is said what to do, and doing it is enough", () =>
    Effect.gen(function* () {
      const before = yield* began
      yield* Lab.remove(Kinds.Secret, "demo-secret")
      yield* Lab.remove(Kinds.Secret, "demo-secret-copy")
      const operator = Lab.operator()
      yield* operator.run(3000)
      assert.isUndefined(yield* Lab.find(Kinds.Secret, "demo-secret"))
      assert.deepInclude(yield* Lab.condition("Reconciled"), { status: "False", reason: "PasswordLost" })
      assert.deepInclude(yield* Lab.condition("Ready"), { status: "Unknown", reason: "PasswordLost" })
      const degraded = yield* Lab.condition("Degraded")
      assert.deepInclude(degraded, { status: "True", reason: "PasswordLost" })
      for (const word of ["Secret shop/demo-secret", "demo-0, demo-1, demo-2", "/etc/valkey-auth/password"]) {
        assert.include(degraded?.message, word)
      }
      assert.deepStrictEqual(yield* Lab.podUids, before.uids)
      yield* byHand(before.password, { labels })
      yield* operator.run(6000)
      yield* isUntouched(before)
      yield* Lab.remove(Kinds.Secret, "demo-secret")
      yield* Lab.operator().run(1500)
      yield* isUntouched(before)
    }).pipe(Effect.provide(Lab.layer()))
  )

  it.effect("with its copy and the pods: a new password is drawn", () =>
    Effect.gen(function* () {
      yield* began
      yield* Lab.remove(Kinds.Secret, "demo-secret")
      yield* Lab.remove(Kinds.Secret, "demo-secret-copy")
      const operator = Lab.operator()
      yield* operator.run(500)
      for (const pod of ["demo-0", "demo-1", "demo-2"]) yield* Lab.remove(Kinds.Pod, pod)
      yield* operator.run(8000)
      assert.strictEqual(yield* Lab.isWhole(), "whole")
      assert.deepInclude(yield* Lab.condition("Degraded"), { status: "False" })
    }).pipe(Effect.provide(Lab.layer()))
  )
})

describe("a Secret that somebody edits", () => {
  for (const [says, data] of [
    ["another password", { password: btoa("another") }],
    ["one that the start script refuses", { password: btoa("two words") }],
    ["none", { password: null }]
  ] as const) {
    it.effect(`to ${says} gets the one back that the nodes use`, () =>
      Effect.gen(function* () {
        const before = yield* began
        yield* Lab.patch(Kinds.Secret, "demo-secret", { data })
        yield* Lab.operator().run(1500)
        yield* isUntouched(before)
      }).pipe(Effect.provide(Lab.layer()))
    )
  }

  it.effect("a copy that is edited or deleted is made anew", () =>
    Effect.gen(function* () {
      const before = yield* began
      const copied = Effect.map(Lab.get(Kinds.Secret, "demo-secret-copy"), ({ data }) => data)
      yield* Lab.patch(Kinds.Secret, "demo-secret-copy", { data: { password: null } })
      yield* Lab.operator().run(500)
      assert.deepStrictEqual(yield* copied, { password: btoa(before.password) })
      yield* Lab.remove(Kinds.Secret, "demo-secret-copy")
      yield* Lab.operator().run(500)
      assert.deepStrictEqual(yield* copied, { password: btoa(before.password) })
      yield* isUntouched(before)
    }).pipe(Effect.provide(Lab.layer()))
  )
})
