/**
 * Pods: mostly immutable, and completed by admission.
 */
import { Pod, type KubeObject } from "../../../../domain/kube/Object.ts"
import { type Fields, same } from "../Types.ts"
import { basic, column, spec } from "./Basic.ts"
import { admitted, qosClass, withTolerations } from "./PodAdmission.ts"
import * as PodDefaults from "./PodDefaults.ts"
import * as PodRules from "./PodRules.ts"
import * as Rules from "./Rules.ts"
import { type Causes, listOf, none, specOf, textOf } from "./Rules.ts"

/** `object` with a changed spec. */
export const withSpec = (object: KubeObject, change: (spec: Fields) => Fields): KubeObject => ({
  ...object,
  spec: change(specOf(object))
})

/** A negative grace period is one second. */
const patient = (value: Fields): Fields => {
  const seconds = value["terminationGracePeriodSeconds"]
  return typeof seconds === "number" && seconds < 0 ? { ...value, terminationGracePeriodSeconds: 1 } : value
}

/** `podIP` and the first of `podIPs` are one; the older field wins. */
const addressed = (object: KubeObject): KubeObject => {
  const status = Rules.statusOf(object)
  const [one, all] = [textOf(status, "podIP"), listOf(status["podIPs"])]
  const first = textOf(all[0] ?? {}, "ip")
  if (one === first) return object
  return { ...object, status: { ...status, ...(one === "" ? { podIP: first } : { podIPs: [{ ip: one }] }) } }
}

const withoutBlanks = (list: ReadonlyArray<Fields>, at: string): Causes =>
  list.flatMap((container, index) => {
    const image = textOf(container, "image")
    return image === image.trim()
      ? none
      : [Rules.invalid(`${at}[${index}].image`, image, "must not have leading or trailing whitespace")]
  })

const rules = (pod: KubeObject): Causes => [
  ...PodRules.podSpec(specOf(pod), "spec"),
  ...withoutBlanks(listOf(specOf(pod)["containers"]), "spec.containers"),
  ...withoutBlanks(listOf(specOf(pod)["initContainers"]), "spec.initContainers")
]

const updatable =
  "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"

const withoutImages = (value: unknown): ReadonlyArray<Fields> =>
  listOf(value).map((container) => PodDefaults.without(container, "image"))

/** What of a spec no update may touch. */
const fixed = (value: Fields): Fields => {
  const {
    activeDeadlineSeconds: _1,
    tolerations: _2,
    schedulingGates: _3,
    containers,
    initContainers,
    ...others
  } = value
  return { ...others, containers: withoutImages(containers), initContainers: withoutImages(initContainers) }
}

const onlyAdded = (old: Fields, next: Fields): Causes => {
  const bare = (value: unknown) => listOf(value).map((one) => PodDefaults.without(one, "tolerationSeconds"))
  const after = bare(next["tolerations"])
  return bare(old["tolerations"]).every((toleration) => after.some((other) => same(toleration, other)))
    ? none
    : [Rules.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")]
}

const changes = (before: KubeObject, after: KubeObject): Causes => {
  const [old, next] = [specOf(before), specOf(after)]
  const count = (value: unknown) => listOf(value).length
  const resized = ["containers", "initContainers"].filter((name) => count(old[name]) !== count(next[name]))
  if (resized.length > 0) {
    return [Rules.forbidden(`spec.${resized[0]}`, "pod updates may not add or remove containers")]
  }
  const [was, is] = [old["activeDeadlineSeconds"], next["activeDeadlineSeconds"]]
  return [
    ...(typeof was === "number" && is === undefined
      ? [Rules.invalid("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value")]
      : typeof was === "number" && typeof is === "number" && is > was
        ? [Rules.invalid("spec.activeDeadlineSeconds", is, "must be less than or equal to previous value")]
        : none),
    ...onlyAdded(old, next),
    ...(same(fixed(old), fixed(next))
      ? none
      : [Rules.forbidden("spec", `pod updates may not change fields other than ${updatable}\n`)])
  ]
}

const statusChanges = (old: KubeObject, next: KubeObject): Causes => {
  const [before, after] = [Rules.statusOf(old), Rules.statusOf(next)]
  const node = textOf(before, "nominatedNodeName")
  return [
    ...(textOf(after, "nominatedNodeName") !== node && textOf(after, "nominatedNodeName") !== ""
      ? Rules.complaining(
          "status.nominatedNodeName",
          after["nominatedNodeName"],
          Rules.dnsSubdomain(textOf(after, "nominatedNodeName"))
        )
      : none),
    ...listOf(after["podIPs"]).flatMap((item, index) =>
      Rules.isAddress(textOf(item, "ip"))
        ? none
        : [
            Rules.invalid(
              `status.podIPs[${index}]`,
              item["ip"],
              "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            )
          ]
    ),
    ...(before["qosClass"] !== undefined && !same(before["qosClass"], after["qosClass"])
      ? Rules.immutable("status.qosClass", before["qosClass"], after["qosClass"])
      : none)
  ]
}

export const pod = basic({
  resource: Pod,
  model: "V1Pod",
  shortNames: ["po"],
  categories: ["all"],
  hasStatus: true,
  generation: spec,
  initialStatus: (object) => ({ phase: "Pending", qosClass: qosClass(specOf(object)) }),
  defaulted: (object) => addressed(withSpec(object, (value) => PodDefaults.onlyPod(PodDefaults.podSpec(value)))),
  prepared: (next, old, { suffix }) =>
    withSpec(next, (value) =>
      old === undefined ? admitted(patient(value), suffix?.() ?? "token") : withTolerations(value)
    ),
  rules: (object) => [
    ...rules(object),
    ...(listOf(specOf(object)["ephemeralContainers"]).length > 0
      ? [Rules.forbidden("spec.ephemeralContainers", "cannot be set on create")]
      : none)
  ],
  validateUpdate: (old, next) => [
    ...Rules.metadata(next, true, Rules.dnsSubdomain),
    ...rules(next),
    ...changes(old, next)
  ],
  validateStatus: statusChanges,
  resetByStatus: [["spec"], ["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"]],
  columns: [column("Status", ".status.phase"), column("IP", ".status.podIP", "string", 1)]
})
