/**
 * ValkeyCluster: from one schema the types, the decoder, the rules and the
 * CustomResourceDefinition.
 */
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import * as Crd from "../kube/Crd.ts"
import type { Json, KubeObject, Resource } from "../kube/Object.ts"
import * as Rule from "../kube/Rule.ts"
import { rules } from "./cluster/Rules.ts"
import { Spec } from "./cluster/Spec.ts"
import { Status } from "./cluster/Status.ts"

export { Spec } from "./cluster/Spec.ts"
export { Status, statusPatch } from "./cluster/Status.ts"

export const resource: Resource = {
  group: "valkey.verilean.io",
  version: "v1",
  plural: "valkeyclusters",
  kind: "ValkeyCluster",
  namespaced: true
}

const Metadata = Schema.Struct({
  name: Schema.String,
  namespace: Schema.String,
  uid: Schema.String,
  resourceVersion: Schema.String,
  generation: Crd.whenAbsent(Schema.Int, 0),
  deletionTimestamp: Schema.optionalKey(Schema.String)
})

/** An object as the API server answers it, with every default filled in. */
export const Cluster = Schema.Struct({
  apiVersion: Schema.Literal("valkey.verilean.io/v1"),
  kind: Schema.Literal("ValkeyCluster"),
  metadata: Metadata,
  spec: Spec,
  status: Crd.whenAbsent(Status, {})
})
export interface Cluster extends Schema.Schema.Type<typeof Cluster> {}

export type Violation = Rule.Violation

/** The object is no ValkeyCluster that the operator can act on; names every field that is wrong. */
export class InvalidCluster extends Schema.TaggedError<InvalidCluster>()("InvalidCluster", {
  namespace: Schema.String,
  name: Schema.String,
  fields: Schema.Array(Schema.Struct({ field: Schema.String, message: Schema.String }))
}) {
  override get message(): string {
    return `ValkeyCluster ${this.namespace}/${this.name}: ${this.fields.map(({ field, message }) => `${field}: ${message}`).join("; ")}`
  }
}

const parse = SchemaParser.decodeUnknownResult(Cluster, { errors: "all" })

const format = SchemaIssue.makeFormatterStandardSchemaV1()

const pathOf = (path: ReadonlyArray<unknown> | undefined): string =>
  (path ?? []).reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    ""
  )

const issues = (issue: SchemaIssue.Issue): ReadonlyArray<Violation> =>
  format(issue).issues.map(({ message, path }) => ({ field: pathOf(path), message }))

/** A cache of a pure function: every pass reads the same object until it changes. */
const decoded = new WeakMap<KubeObject, Exit.Exit<Cluster, InvalidCluster>>()

/** A typed cluster that keeps all rules of a single object, or every field that is wrong. */
export const decode = (object: KubeObject): Exit.Exit<Cluster, InvalidCluster> => {
  const known = decoded.get(object)
  if (known !== undefined) return known
  const exit = read(object)
  decoded.set(object, exit)
  return exit
}

const read = (object: KubeObject): Exit.Exit<Cluster, InvalidCluster> => {
  const parsed = parse(object)
  const fields = Result.isFailure(parsed) ? issues(parsed.failure) : validate(parsed.success)
  if (Result.isSuccess(parsed) && fields.length === 0) return Exit.succeed(parsed.success)
  const { name = "", namespace = "" } = object.metadata
  return Exit.fail(new InvalidCluster({ namespace, name, fields }))
}

// A decoded cluster is JSON: its schemas have no transformation but defaults.
const json = (cluster: Cluster): Json => cluster as unknown as Json

/** What the cluster breaks by itself, beyond its types. */
export const validate = (cluster: Cluster): ReadonlyArray<Violation> => Rule.violations(rules, json(cluster))

/** What the update from `old` to `next` breaks. */
export const validateTransition = (old: Cluster, next: Cluster): ReadonlyArray<Violation> =>
  Rule.transitionViolations(rules, json(old), json(next))

export const definition: Crd.Definition = {
  resource,
  singular: "valkeycluster",
  shortNames: ["vc"],
  description: "A Valkey primary with its replicas, operated by Gungnir",
  spec: Spec,
  status: Status,
  rules,
  columns: [
    { name: "Replicas", type: "integer", jsonPath: ".spec.replicas" },
    { name: "Phase", type: "string", jsonPath: ".status.phase" },
    { name: "Master", type: "string", jsonPath: ".status.masterPod" },
    { name: "Ready", type: "integer", jsonPath: ".status.readyReplicas" },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }
  ],
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    labelSelectorPath: ".status.selector"
  }
}

export const crd = (): KubeObject => Crd.crd(definition)

export const crdYaml = (): string => Crd.toYaml(crd())
