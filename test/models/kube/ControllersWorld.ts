/**
 * A cluster as a value, for tests of the built-in controllers: requests go in,
 * the controllers work until all is settled, objects come out.
 */
import { assert } from "@effect/vitest"
import * as Kinds from "../../../src/domain/kube/Object.ts"
import type { KubeObject, Resource } from "../../../src/domain/kube/Object.ts"
import { type ApiReply, type ApiRequest, ContentType } from "../../../src/domain/kube/Wire.ts"
import { bootWith, instantCluster } from "../../../src/interpreters/memory/Cluster.ts"
import { handle, type State } from "../../../src/models/kube/api/Server.ts"
import { type BuiltIn, viewOf } from "../../../src/models/kube/controllers/BuiltIn.ts"
import * as Settle from "../../../src/models/kube/controllers/Settle.ts"
import { counting, type Names } from "../../../src/models/Names.ts"

export const startMillis = Date.parse("2026-01-01T00:00:00Z")
export const names: Names = counting(startMillis)

/** Three nodes and the namespaces `a` and `b`. */
export const world = (nodes: ReadonlyArray<string> = ["n-0", "n-1", "n-2"]): State =>
  ["a", "b"].reduce((state, name) => create(state, Kinds.Namespace, { metadata: { name } }), bootWith(nodes, names))

const at = (resource: Resource, namespace: string | undefined, name?: string) => ({
  group: resource.group,
  version: resource.version,
  resource: resource.plural,
  ...(resource.namespaced ? { namespace: namespace ?? "a" } : {}),
  ...(name === undefined ? {} : { name })
})

export const request = (state: State, wire: ApiRequest, by: Names = names): readonly [State, ApiReply] => {
  const [next, reply] = handle(state, wire, by)
  assert.isDefined(reply)
  return [next, reply!]
}

/** Performs a request that has to succeed. */
export const perform = (state: State, wire: ApiRequest, by: Names = names): State => {
  const [next, reply] = request(state, wire, by)
  assert.isBelow(reply.status, 300, JSON.stringify(reply.body))
  return next
}

type Draft = { readonly metadata: KubeObject["metadata"]; readonly [field: string]: unknown }

export const create = (state: State, resource: Resource, draft: Draft): State =>
  perform(state, {
    verb: "create",
    ...at(resource, draft.metadata.namespace),
    body: { apiVersion: Kinds.apiVersionOf(resource), kind: resource.kind, ...draft }
  })

export const patch = (
  state: State,
  resource: Resource,
  name: string,
  body: unknown,
  { namespace, subresource }: { readonly namespace?: string; readonly subresource?: string } = {}
): State =>
  perform(state, {
    verb: "patch",
    ...at(resource, namespace, name),
    ...(subresource === undefined ? {} : { subresource }),
    contentType: ContentType.merge,
    body
  })

export const remove = (
  state: State,
  resource: Resource,
  name: string,
  options: { readonly [field: string]: unknown } = {}
): State =>
  perform(state, {
    verb: "delete",
    ...at(resource, "a", name),
    body: { kind: "DeleteOptions", apiVersion: "v1", ...options }
  })

/** The world once all controllers have done what they want; no move may be refused on the way out. */
export const settled = (
  state: State,
  builtIns: ReadonlyArray<BuiltIn> = instantCluster,
  options: { readonly choose?: Settle.Choose; readonly names?: Names } = {}
): State => {
  const { isSettled, work } = Settle.settle(builtIns, state, options.names ?? names, { limit: 2000, ...options })
  assert.isTrue(isSettled, `never settles: ${Settle.latestKeys(work).join(", ")}`)
  assert.deepStrictEqual(work.futile, [])
  return work.state
}

export const builtInsWithout = (name: string): ReadonlyArray<BuiltIn> =>
  instantCluster.filter((one) => one.name !== name)

export const list = <A extends KubeObject = KubeObject>(state: State, resource: Resource, namespace = "a") =>
  viewOf(state).list<A>(resource, resource.namespaced ? namespace : undefined)

export const get = <A extends KubeObject = KubeObject>(
  state: State,
  resource: Resource,
  name: string,
  namespace = "a"
): A => {
  const found = viewOf(state).get<A>(resource, namespace, name)
  assert.isDefined(found, `${resource.plural} ${name}`)
  return found!
}

export const namesOf = (state: State, resource: Resource, namespace = "a"): ReadonlyArray<string> =>
  list(state, resource, namespace).map(({ metadata }) => metadata.name ?? "")

const container = {
  name: "valkey",
  image: "valkey/valkey:8",
  ports: [{ name: "valkey", containerPort: 6379 }],
  resources: { requests: { cpu: "100m", memory: "64Mi" } },
  volumeMounts: [{ name: "data", mountPath: "/data" }]
}

const claim = {
  metadata: { name: "data", labels: { p: "q" } },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } }
}

/** A StatefulSet `name` with one claim a pod; `spec` goes over it. */
export const set = (name: string, spec: object = {}, metadata: Partial<KubeObject["metadata"]> = {}): Draft => ({
  metadata: { name, namespace: "a", ...metadata },
  spec: {
    serviceName: `${name}-headless`,
    replicas: 3,
    podManagementPolicy: "Parallel",
    updateStrategy: { type: "OnDelete" },
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: { k: "<v>&" } },
      spec: { containers: [container] }
    },
    volumeClaimTemplates: [claim],
    ...spec
  }
})

export const service = (name: string, spec: object, metadata: Partial<KubeObject["metadata"]> = {}): Draft => ({
  metadata: { name, namespace: "a", ...metadata },
  spec: { ports: [{ name: "valkey", port: 6379, targetPort: "valkey" }], ...spec }
})

export const headless = (name: string): Draft =>
  service(`${name}-headless`, { clusterIP: "None", publishNotReadyAddresses: true, selector: { app: name } })

export const budget = (name: string, spec: object): Draft => ({
  metadata: { name, namespace: "a" },
  spec: { selector: { matchLabels: { app: name } }, ...spec }
})
