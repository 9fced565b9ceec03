/** The same against the API server model, for anything that the builders may build. */
import { assert, describe, it } from "@effect/vitest"
import { drifted } from "../../../src/domain/kube/Drift.ts"
import { Apply, Create, OwnByApply } from "../../../src/domain/kube/Kubernetes.ts"
import { ownsByUpdate } from "../../../src/domain/kube/ManagedFields.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import type { ApiRequest } from "../../../src/domain/kube/Wire.ts"
import { subResources } from "../../../src/domain/valkey/resources/SubResources.ts"
import { resourcesManager as manager } from "../../../src/domain/valkey/Settings.ts"
import { boot, handle, type State } from "../../../src/models/kube/api/Server.ts"
import { counting } from "../../../src/models/Names.ts"
import { cluster, ValidSpec } from "../valkey/Clusters.ts"

const names = counting(0)

const perform = (state: State, request: ApiRequest): readonly [State, KubeObject] => {
  const [next, reply] = handle(state, request, names)
  assert.isTrue(reply !== undefined && reply.status >= 200 && reply.status < 300, JSON.stringify(reply))
  return [next, reply!.body as KubeObject]
}

const inNamespace = () =>
  perform(boot(names), {
    verb: "create",
    group: "",
    version: "v1",
    resource: "namespaces",
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }
  })[0]

describe("the server model", () => {
  it.prop(
    "is settled after one apply of anything that we build, and the next changes nothing",
    [ValidSpec],
    ([spec]) => {
      let state = inNamespace()
      let live: KubeObject
      for (const { object, resource } of subResources(cluster(spec))) {
        ;[state, live] = perform(state, new Create({ resource, object, manager }).encode())
        assert.isTrue(ownsByUpdate(live.metadata.managedFields, manager))
        ;[state, live] = perform(state, new OwnByApply({ resource, object: live, manager }).encode())
        ;[state, live] = perform(state, new Apply({ resource, object, manager }).encode())
        assert.isFalse(drifted(live, object, manager), object.kind)
        const [, again] = perform(state, new Apply({ resource, object, manager }).encode())
        assert.strictEqual(again.metadata.resourceVersion, live.metadata.resourceVersion)
      }
    }
  )

  it.prop(
    "is settled by one apply after any change of the spec that it accepts",
    [ValidSpec, ValidSpec],
    ([before, next]) => {
      const after = { ...next, port: before.port, persistence: before.persistence }
      let state = inNamespace()
      const old = subResources(cluster(before))
      subResources(cluster(after)).forEach(({ object, resource }, index) => {
        let live: KubeObject
        ;[state, live] = perform(state, new Apply({ resource, object: old[index]!.object, manager }).encode())
        const isDrifted = drifted(live, object, manager)
        const [changedState, applied] = perform(state, new Apply({ resource, object, manager }).encode())
        assert.strictEqual(isDrifted, applied.metadata.resourceVersion !== live.metadata.resourceVersion, object.kind)
        assert.isFalse(drifted(applied, object, manager), object.kind)
        state = changedState
      })
    }
  )
})
