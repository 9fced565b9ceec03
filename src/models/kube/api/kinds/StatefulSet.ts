/**
 * StatefulSets and their revisions.
 */
import { ControllerRevision, type KubeObject, StatefulSet } from "../../../../domain/kube/Object.ts"
import { type Fields, isFields, same } from "../Types.ts"
import { basic, column, spec } from "./Basic.ts"
import * as PodDefaults from "./PodDefaults.ts"
import * as PodRules from "./PodRules.ts"
import { withSpec } from "./Pod.ts"
import * as Rules from "./Rules.ts"
import { type Causes, fieldsOf, listOf, none, specOf, statusOf, textOf } from "./Rules.ts"
import * as Storage from "./Storage.ts"

const strategy = (value: Fields): Fields => {
  const given = fieldsOf(value["updateStrategy"])
  const typed = textOf(given, "type") === "" ? { rollingUpdate: {}, ...given, type: "RollingUpdate" } : given
  const complete =
    typed["type"] === "RollingUpdate"
      ? PodDefaults.changed(typed, "rollingUpdate", (rolling) => PodDefaults.filled(rolling, { partition: 0 }))
      : typed
  return { ...value, updateStrategy: complete }
}

const claimTemplate = (claim: Fields): Fields => ({
  ...PodDefaults.changed(claim, "spec", PodDefaults.claimSpec),
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  status: PodDefaults.filled(fieldsOf(claim["status"]), { phase: "Pending" })
})

const defaulted = (value: Fields): Fields => {
  const templated = PodDefaults.changed(value, "template", (template) => ({
    ...template,
    spec: PodDefaults.podSpec(fieldsOf(template["spec"]))
  }))
  const claims = PodDefaults.eachOf(strategy(templated), "volumeClaimTemplates", claimTemplate)
  return PodDefaults.filled(
    {
      ...claims,
      persistentVolumeClaimRetentionPolicy: PodDefaults.filled(
        fieldsOf(claims["persistentVolumeClaimRetentionPolicy"]),
        { whenDeleted: "Retain", whenScaled: "Retain" }
      )
    },
    { podManagementPolicy: "OrderedReady", replicas: 1, revisionHistoryLimit: 10 }
  )
}

/** A feature that is off: the field is dropped. */
const prepared = (value: Fields): Fields =>
  PodDefaults.changed(value, "updateStrategy", (update) =>
    PodDefaults.changed(update, "rollingUpdate", (rolling) => PodDefaults.without(rolling, "maxUnavailable"))
  )

const policies = ["OrderedReady", "Parallel"]

const strategyCauses = (value: Fields): Causes => {
  const update = fieldsOf(value["updateStrategy"])
  const rolling = update["rollingUpdate"]
  switch (textOf(update, "type")) {
    case "OnDelete":
      return isFields(rolling)
        ? [
            Rules.invalid(
              "spec.updateStrategy.rollingUpdate",
              // The internal type has no JSON names.
              { Partition: rolling["partition"] ?? 0, MaxUnavailable: rolling["maxUnavailable"] ?? null },
              "only allowed for updateStrategy 'RollingUpdate'"
            )
          ]
        : none
    case "RollingUpdate":
      return Rules.nonNegative("spec.updateStrategy.rollingUpdate.partition", fieldsOf(rolling)["partition"])
    default:
      return [
        Rules.invalid(
          "spec.updateStrategy",
          { Type: update["type"], RollingUpdate: rolling ?? null },
          "must be 'RollingUpdate' or 'OnDelete'"
        )
      ]
  }
}

const retention = (value: Fields): Causes => {
  const policy = fieldsOf(value["persistentVolumeClaimRetentionPolicy"])
  return ["whenDeleted", "whenScaled"].flatMap((name) =>
    Rules.oneOf(`spec.persistentVolumeClaimRetentionPolicy.${name}`, policy[name], ["Delete", "Retain"])
  )
}

const selector = (value: Fields): Causes => {
  const given = value["selector"]
  if (!isFields(given)) return [Rules.required("spec.selector")]
  const size = Object.keys(fieldsOf(given["matchLabels"])).length + listOf(given["matchExpressions"]).length
  return [
    ...Rules.labelSelector("spec.selector", given),
    ...(size === 0 ? [Rules.invalid("spec.selector", given, "empty selector is invalid for statefulset")] : none)
  ]
}

/** The template with a volume for each claim, and without what the controller overwrites. */
const templateOf = (value: Fields): Fields => {
  const template = fieldsOf(value["template"])
  const claims = listOf(value["volumeClaimTemplates"]).map((claim) => textOf(fieldsOf(claim["metadata"]), "name"))
  const { subdomain: _1, hostname: _2, ...pod } = fieldsOf(template["spec"])
  const own = listOf(pod["volumes"]).filter((volume) => !claims.includes(textOf(volume, "name")))
  const volumes = [...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })), ...own]
  return { ...template, spec: { ...pod, volumes } }
}

const templateCauses = (value: Fields): Causes => {
  const template = fieldsOf(value["template"])
  const labels = fieldsOf(template["metadata"])["labels"]
  const restart = textOf(fieldsOf(template["spec"]), "restartPolicy")
  const given = value["selector"]
  return [
    ...(!isFields(given) || !Rules.selects(given, labels)
      ? [Rules.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")]
      : none),
    ...PodRules.template(templateOf(value), "spec.template"),
    ...(restart === "Always" ? none : [Rules.notSupported("spec.template.spec.restartPolicy", restart, ["Always"])]),
    ...(fieldsOf(template["spec"])["activeDeadlineSeconds"] === undefined
      ? none
      : [
          Rules.forbidden(
            "spec.template.spec.activeDeadlineSeconds",
            "activeDeadlineSeconds in StatefulSet is not Supported"
          )
        ])
  ]
}

const rules = (object: KubeObject, isCreate: boolean): Causes => {
  const value = specOf(object)
  const policy = textOf(value, "podManagementPolicy")
  const service = textOf(value, "serviceName")
  return [
    ...(policies.includes(policy)
      ? none
      : [Rules.invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...strategyCauses(value),
    ...retention(value),
    ...(isCreate
      ? listOf(value["volumeClaimTemplates"]).flatMap((claim, index) =>
          Storage.claimSpec(fieldsOf(claim["spec"]), `spec.volumeClaimTemplates[${index}].spec`)
        )
      : none),
    ...Rules.nonNegative("spec.replicas", value["replicas"]),
    ...Rules.nonNegative("spec.minReadySeconds", value["minReadySeconds"]),
    ...Rules.nonNegative("spec.ordinals.start", fieldsOf(value["ordinals"])["start"]),
    ...(isCreate && service !== "" ? Rules.complaining("spec.serviceName", service, Rules.dnsLabel(service)) : none),
    ...selector(value),
    ...templateCauses(value)
  ]
}

const mutable = new Set([
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds"
])

const fixed = (object: KubeObject): Fields =>
  Object.fromEntries(Object.entries(specOf(object)).filter(([name]) => !mutable.has(name)))

const changes = (old: KubeObject, next: KubeObject): Causes =>
  same(fixed(old), fixed(next))
    ? none
    : [
        Rules.forbidden(
          "spec",
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        )
      ]

const counts = ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"]

const statusCauses = (old: KubeObject, next: KubeObject): Causes => {
  const status = statusOf(next)
  const count = (name: string): number => Number(status[name] ?? 0)
  const collisions = (object: KubeObject): number => Number(statusOf(object)["collisionCount"] ?? 0)
  return [
    ...[...counts, "observedGeneration", "collisionCount"].flatMap((name) =>
      Rules.nonNegative(`status.${name}`, status[name])
    ),
    ...counts
      .slice(1)
      .flatMap((name) =>
        count(name) > count("replicas")
          ? [Rules.invalid(`status.${name}`, count(name), "cannot be greater than status.replicas")]
          : none
      ),
    ...(count("availableReplicas") > count("readyReplicas")
      ? [
          Rules.invalid(
            "status.availableReplicas",
            count("availableReplicas"),
            "cannot be greater than status.readyReplicas"
          )
        ]
      : none),
    ...(collisions(next) < collisions(old)
      ? [Rules.invalid("status.collisionCount", collisions(next), "cannot be decremented")]
      : none)
  ]
}

export const statefulSet = basic({
  resource: StatefulSet,
  model: "V1StatefulSet",
  shortNames: ["sts"],
  categories: ["all"],
  hasStatus: true,
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    labelSelectorPath: ".spec.selector"
  },
  generation: spec,
  initialStatus: () => ({ replicas: 0, availableReplicas: 0 }),
  defaulted: (object) => withSpec(object, defaulted),
  prepared: (next) => withSpec(next, prepared),
  name: Rules.dnsLabel,
  rules: (object) => rules(object, true),
  validateUpdate: (old, next) => [...rules(next, false), ...changes(old, next)],
  validateStatus: statusCauses,
  columns: [column("Replicas", ".status.replicas", "integer"), column("Ready", ".status.readyReplicas", "integer")]
})

const revisionCauses = (object: KubeObject): Causes => [
  ...Rules.nonNegative("revision", object["revision"]),
  ...(object["data"] === undefined || object["data"] === null ? [Rules.required("data", "data is mandatory")] : none)
]

export const controllerRevision = basic({
  resource: ControllerRevision,
  model: "V1ControllerRevision",
  rules: revisionCauses,
  changes: (old, next) => Rules.immutable("data", old["data"], next["data"]),
  columns: [column("Revision", ".revision", "integer")]
})
