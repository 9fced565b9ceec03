import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { Agent, request } from "undici"
import { versions } from "../../src/local/Servers.ts"
import { ControlPlane } from "./ControlPlane.ts"
import * as Shared from "./Shared.ts"

describe("servers", () => {
  it("looks for the versions that the Go modules pin", () => {
    const pinned = (folder: string, module: string) =>
      new RegExp(`^(?:require)?\\s*${module} v(\\S+)`, "m").exec(
        readFileSync(new URL(`../../scripts/servers/${folder}/go.mod`, import.meta.url), "utf8")
      )?.[1]
    assert.strictEqual(pinned("kubernetes", "k8s.io/kubernetes"), versions.kubernetes)
    assert.strictEqual(pinned("etcd", "go.etcd.io/etcd/server/v3"), versions.etcd)
  })
})

layer(Shared.controlPlane)((it) => {
  it.effect("share one control plane of the pinned version", () =>
    Effect.gen(function* () {
      const { authority, server } = yield* ControlPlane
      const agent = new Agent({ connect: { ca: authority } })
      const version = yield* Effect.promise(() =>
        request(`${server}/version`, { dispatcher: agent }).then((reply) => reply.body.json())
      )
      yield* Effect.promise(() => agent.close())
      assert.include(version, { gitVersion: `v${versions.kubernetes}` })
    })
  )
})
