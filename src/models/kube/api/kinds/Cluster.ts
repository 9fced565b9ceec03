/**
 * Namespaces, nodes and events.
 */
import { CoreEvent, type KubeObject, Namespace, Node } from "../../../../domain/kube/Object.ts"
import { type Fields, isFields, same } from "../Types.ts"
import { basic, column } from "./Basic.ts"
import { withSpec } from "./Pod.ts"
import * as Rules from "./Rules.ts"
import { type Causes, fieldsOf, listOf, none, specOf, statusOf, textOf, textsOf } from "./Rules.ts"

const nameLabel = "kubernetes.io/metadata.name"

const labelled = (object: KubeObject): KubeObject =>
  object.metadata.name === undefined || object.metadata.name === ""
    ? object
    : {
        ...object,
        metadata: { ...object.metadata, labels: { ...object.metadata.labels, [nameLabel]: object.metadata.name } }
      }

const kubernetesFinalizer = (spec: Fields): Fields => {
  const finalizers = textsOf(spec["finalizers"])
  return finalizers.includes("kubernetes") ? spec : { ...spec, finalizers: [...finalizers, "kubernetes"] }
}

export const namespace = basic({
  resource: Namespace,
  model: "V1Namespace",
  shortNames: ["ns"],
  hasStatus: true,
  initialStatus: () => ({ phase: "Active" }),
  defaulted: (object) => ({
    ...labelled(object),
    status: { ...statusOf(object), phase: textOf(statusOf(object), "phase") || "Active" }
  }),
  prepared: (next, old) => labelled(old === undefined ? withSpec(next, kubernetesFinalizer) : next),
  name: Rules.dnsLabel,
  columns: [column("Status", ".status.phase")]
})

const notReady = { effect: "NoSchedule", key: "node.kubernetes.io/not-ready" }

const tainted = (spec: Fields): Fields => {
  const taints = listOf(spec["taints"])
  return taints.some((taint) => same(taint, notReady)) ? spec : { ...spec, taints: [...taints, notReady] }
}

const taintCauses = (object: KubeObject): Causes =>
  listOf(specOf(object)["taints"]).flatMap((taint, index) => {
    // The server's own name for it.
    const at = `metadata.taints[${index}]`
    const key = textOf(taint, "key")
    return [
      ...Rules.complaining(`${at}.key`, key, Rules.qualifiedName(key)),
      ...Rules.oneOf(`${at}.effect`, textOf(taint, "effect"), ["NoSchedule", "PreferNoSchedule", "NoExecute"])
    ]
  })

/** `podCIDR` and the first of `podCIDRs` are one; the older field wins. */
const paired = (spec: Fields): Fields => {
  const [one, all] = [textOf(spec, "podCIDR"), textsOf(spec["podCIDRs"])]
  if (one === "" && all.length === 0) return spec
  return one === "" ? { ...spec, podCIDR: all[0] } : one === all[0] ? spec : { ...spec, podCIDRs: [one] }
}

const cidrCauses = (object: KubeObject): Causes =>
  textsOf(specOf(object)["podCIDRs"]).flatMap((cidr, index) =>
    /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$|^[0-9a-f:]+\/\d{1,3}$/i.test(cidr)
      ? none
      : [
          Rules.invalid(
            `spec.podCIDRs[${index}]`,
            cidr,
            "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
          )
        ]
  )

const nodeDefaults = (given: KubeObject): KubeObject => {
  const object = given["spec"] === undefined ? given : withSpec(given, paired)
  const status = statusOf(object)
  return status["allocatable"] === undefined && isFields(status["capacity"])
    ? { ...object, status: { ...status, allocatable: status["capacity"] } }
    : object
}

const nodeChanges = (old: KubeObject, next: KubeObject): Causes => {
  const [before, after] = [specOf(old), specOf(next)]
  const { unschedulable: _1, taints: _2, podCIDR: _3, podCIDRs: _4, providerID: _5, configSource: _6, ...was } = before
  const { unschedulable: _7, taints: _8, podCIDR: _9, podCIDRs: _10, providerID: _11, configSource: _12, ...is } = after
  return [
    ...(before["providerID"] !== undefined && !same(before["providerID"], after["providerID"])
      ? [Rules.forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid')]
      : none),
    ...(before["podCIDRs"] !== undefined && !same(before["podCIDRs"], after["podCIDRs"])
      ? [Rules.forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid')]
      : none),
    ...(same(was, is)
      ? none
      : [
          Rules.forbidden(
            "spec",
            "node updates may only change labels, taints, or capacity (or configSource, if the DynamicKubeletConfig feature gate is enabled)"
          )
        ])
  ]
}

export const node = basic({
  resource: Node,
  model: "V1Node",
  shortNames: ["no"],
  hasStatus: true,
  initialStatus: (object) => object["status"],
  defaulted: nodeDefaults,
  prepared: (next, old) => (old === undefined ? withSpec(next, tainted) : next),
  rules: (object) => [...taintCauses(object), ...cidrCauses(object)],
  changes: nodeChanges,
  columns: [column("Version", ".status.nodeInfo.kubeletVersion")]
})

const eventCauses = (object: KubeObject): Causes => {
  const involved = textOf(fieldsOf(object["involvedObject"]), "namespace")
  const own = object.metadata.namespace ?? ""
  const isNew = textOf(object, "eventTime") !== ""
  return [
    ...((involved === "" ? own !== "default" && own !== "kube-system" : involved !== own)
      ? [Rules.invalid("involvedObject.namespace", involved, "does not match event.namespace")]
      : none),
    ...(isNew && textOf(object, "reportingComponent") === "" ? [Rules.required("reportingController")] : none),
    ...(isNew && textOf(object, "reportingInstance") === "" ? [Rules.required("reportingInstance")] : none),
    ...(isNew && textOf(object, "action") === "" ? [Rules.required("action")] : none),
    ...(isNew && textOf(object, "reason") === "" ? [Rules.required("reason")] : none)
  ]
}

export const event = basic({
  resource: CoreEvent,
  model: "CoreV1Event",
  shortNames: ["ev"],
  allowCreateOnUpdate: true,
  // Names of core events are not checked, beyond what a path needs.
  name: () => [],
  rules: eventCauses,
  columns: [
    column("Type", ".type"),
    column("Reason", ".reason"),
    column("Object", ".involvedObject.name"),
    column("Message", ".message")
  ]
})
