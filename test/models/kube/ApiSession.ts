/** One client of one API server model: requests in order, the clock moved by hand. */
import type { KubeObject, Resource } from "../../../src/domain/kube/Object.ts"
import { type ApiRequest, ContentType, type StatusBody, type WatchBody } from "../../../src/domain/kube/Wire.ts"
import { boot, handle, type State } from "../../../src/models/kube/api/Server.ts"
import { counting } from "../../../src/models/Names.ts"

export const start = Date.parse("2026-01-01T00:00:00Z")

type Partial_ = Omit<ApiRequest, "verb" | "group" | "version" | "resource">

export interface Answer {
  readonly status: number
  readonly object: KubeObject
  readonly error: StatusBody
  readonly items: ReadonlyArray<KubeObject>
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly events: WatchBody["events"]
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>> | undefined
}

export class Session {
  state: State
  now: number
  constructor() {
    this.now = start
    this.state = boot(counting(start))
  }
  /** `undefined` for a watch that has nothing to say. */
  ask(verb: ApiRequest["verb"], resource: Resource, rest: Partial_ = {}): Answer | undefined {
    const { group, plural, version } = resource
    const namespace = resource.namespaced ? { namespace: "default" } : {}
    const [state, reply] = handle(
      this.state,
      { verb, group, version, resource: plural, ...namespace, ...rest },
      counting(this.now)
    )
    this.state = state
    // The tests look at the part that the reply they expect has; a wrong reply fails there.
    const body = reply?.body as never
    return reply === undefined
      ? undefined
      : {
          status: reply.status,
          object: body,
          error: body,
          items: (body as { items: ReadonlyArray<KubeObject> }).items,
          metadata: (body as { metadata: Answer["metadata"] }).metadata,
          events: (body as WatchBody).events,
          body,
          headers: "headers" in reply ? reply.headers : undefined
        }
  }
  send(verb: ApiRequest["verb"], resource: Resource, rest: Partial_ = {}): Answer {
    return this.ask(verb, resource, rest)!
  }
  create(
    resource: Resource,
    metadata: KubeObject["metadata"],
    fields: { readonly [field: string]: unknown } = {}
  ): Answer {
    const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`
    return this.send("create", resource, { body: { apiVersion, kind: resource.kind, metadata, ...fields } })
  }
  get(resource: Resource, name: string, rest: Partial_ = {}): Answer {
    return this.send("get", resource, { name, ...rest })
  }
  merge(resource: Resource, name: string, body: unknown, rest: Partial_ = {}): Answer {
    return this.send("patch", resource, { name, contentType: ContentType.merge, body, ...rest })
  }
  apply(resource: Resource, name: string, fields: object, rest: Partial_ = {}): Answer {
    const apiVersion = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`
    const body = { apiVersion, kind: resource.kind, metadata: { name }, ...fields }
    const query = { fieldManager: "tester", ...rest.query }
    return this.send("patch", resource, { name, contentType: ContentType.apply, body, ...rest, query })
  }
  remove(resource: Resource, name: string, body?: unknown): Answer {
    return this.send("delete", resource, body === undefined ? { name } : { name, body })
  }
}

export const pod = (name: string, spec: object = {}, more: object = {}) => ({
  metadata: { name, labels: { app: "x" }, ...more },
  spec: { containers: [{ name: "c", image: "i:1" }], automountServiceAccountToken: false, ...spec }
})

export const Widget: Resource = { group: "ex.io", version: "v1", plural: "widgets", kind: "Widget", namespaced: true }

/** A custom kind with a status, a scale, a default, a rule and columns. */
export const widgets = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.ex.io" },
  spec: {
    group: "ex.io",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" }
        },
        selectableFields: [{ jsonPath: ".spec.mode" }],
        additionalPrinterColumns: [
          { name: "Replicas", type: "integer", jsonPath: ".spec.replicas" },
          { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["replicas"],
                properties: {
                  replicas: { type: "integer", minimum: 1 },
                  mode: { type: "string", default: "plain" }
                }
              },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true }
            }
          }
        }
      }
    ]
  }
}
