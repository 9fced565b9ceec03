/** A tiny controller for tests: every ConfigMap labelled `role=origin` has a copy of its data beside it. */
import * as Effect from "effect/Effect"
import type { NotLeader } from "../../../src/domain/Capability.ts"
import type { Controller, Verdict } from "../../../src/domain/Controller.ts"
import type { KubeError } from "../../../src/domain/kube/KubeError.ts"
import { Apply, CachedGet, Create, Kubernetes, Update } from "../../../src/domain/kube/Kubernetes.ts"
import { ConfigMap, type KubeObject } from "../../../src/domain/kube/Object.ts"

export const configMap = (name: string, role: string, data: Record<string, string>, uid?: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", labels: { role }, ...(uid === undefined ? {} : { uid }) },
  data
})

export interface Memory {
  readonly passes: number
}

const find = (name: string) =>
  Effect.catchIf(
    Kubernetes.perform(new CachedGet({ resource: ConfigMap, namespace: "default", name })),
    (error) => error.reason === "NotFound",
    () => Effect.succeed(undefined)
  )

export const mirror: Controller<Memory, KubeError | NotLeader, Kubernetes> = {
  name: "mirror",
  primary: ConfigMap,
  sources: [
    {
      _tag: "Objects",
      resource: ConfigMap,
      labelSelector: "role=origin",
      keysOf: ({ metadata }) => [{ namespace: "default", name: metadata.name! }]
    },
    {
      _tag: "Objects",
      resource: ConfigMap,
      labelSelector: "role=copy",
      keysOf: ({ metadata }) => [{ namespace: "default", name: metadata.name!.replace(/-copy$/, "") }]
    }
  ],
  initialMemory: { passes: 0 },
  pass: Effect.fn("Mirror.pass")(function* (
    key,
    { passes }
  ): Effect.fn.Return<Verdict<Memory>, KubeError | NotLeader, Kubernetes> {
    const origin = yield* find(key.name)
    const copy = yield* find(`${key.name}-copy`)
    const verdict = { memory: { passes: Math.min(9, passes + 1) } }
    if (origin === undefined || JSON.stringify(copy?.["data"]) === JSON.stringify(origin["data"])) return verdict
    const object = configMap(`${key.name}-copy`, "copy", origin["data"] as Record<string, string>)
    yield* Kubernetes.perform(new Apply({ resource: ConfigMap, object, manager: "mirror" }))
    return verdict
  })
}

/** What people do to the world. */
export const create = (object: KubeObject) => Kubernetes.perform(new Create({ resource: ConfigMap, object }))
export const update = (object: KubeObject) => Kubernetes.perform(new Update({ resource: ConfigMap, object }))
