/**
 * A kind of our own: `Greeting`. From two schemas come the types, the decoder,
 * and the CustomResourceDefinition with its rules and defaults.
 */
import { Schema } from "effect"
import { Crd, Rule } from "gungnir/kube"

export const resource = {
  group: "example.org",
  version: "v1",
  plural: "greetings",
  kind: "Greeting",
  namespaced: true
} as const

const Spec = Schema.Struct({
  to: Schema.String.check(Schema.isMinLength(1)),
  times: Crd.withDefault(Crd.int32(1, 5), 1)
})

const Status = Schema.Struct({
  text: Schema.optionalKey(Schema.String),
  observedGeneration: Schema.optionalKey(Crd.int64())
})

export const Greeting = Schema.Struct({
  metadata: Schema.Struct({
    name: Schema.String,
    namespace: Schema.String,
    uid: Schema.String,
    resourceVersion: Schema.String,
    generation: Schema.Int
  }),
  spec: Spec,
  status: Crd.whenAbsent(Status, {})
})
export type Greeting = typeof Greeting.Type

/** To be applied once, by people (`Crd.toYaml`) or by the program that needs it. */
export const crd = Crd.crd({
  resource,
  singular: "greeting",
  shortNames: [],
  description: "A text for somebody, kept in a ConfigMap",
  spec: Spec,
  status: Status,
  rules: [Rule.immutable("spec.to")],
  columns: [{ name: "Text", type: "string", jsonPath: ".status.text" }]
})

/** What a Greeting says. */
export const textOf = ({ spec }: Greeting): string => Array(spec.times).fill(`Hello ${spec.to}!`).join(" ")
