/**
 * Services: addresses are allocated once and stay.
 */
import { type KubeObject, Service } from "../../../../domain/kube/Object.ts"
import type { Allocations } from "../Kind.ts"
import { type Fields, same } from "../Types.ts"
import { basic, column } from "./Basic.ts"
import { withSpec } from "./Pod.ts"
import { eachOf, filled } from "./PodDefaults.ts"
import * as Rules from "./Rules.ts"
import * as Type from "./ServiceType.ts"
import { needsAddress } from "./ServiceType.ts"
import { type Causes, fieldsOf, listOf, none, specOf, textOf, textsOf } from "./Rules.ts"

const affinity = (spec: Fields): Fields => {
  const { sessionAffinityConfig, ...others } = filled(spec, { sessionAffinity: "None" })
  if (others["sessionAffinity"] === "None") return others
  const timeout = fieldsOf(fieldsOf(sessionAffinityConfig)["clientIP"])["timeoutSeconds"]
  return { ...others, sessionAffinityConfig: { clientIP: { timeoutSeconds: timeout ?? 10_800 } } }
}

const port = (value: Fields): Fields => {
  const { targetPort } = value
  const unset = targetPort === undefined || targetPort === 0 || targetPort === ""
  return { ...filled(value, { protocol: "TCP" }), targetPort: unset ? (value["port"] ?? 0) : targetPort }
}

const defaulted = (value: Fields): Fields =>
  Type.defaulted(filled(affinity(eachOf(value, "ports", port)), { type: "ClusterIP" }))

const isHeadless = (spec: Fields): boolean => spec["clusterIP"] === "None"

const addressed = (spec: Fields, { clusterIp }: Allocations): Fields => {
  const address = textOf(spec, "clusterIP") || textsOf(spec["clusterIPs"])[0] || clusterIp()
  const given = textsOf(spec["clusterIPs"])
  const isFree = isHeadless(spec) && Object.keys(fieldsOf(spec["selector"])).length === 0
  const policy = textOf(spec, "ipFamilyPolicy") || (isFree ? "RequireDualStack" : "SingleStack")
  const families = textsOf(spec["ipFamilies"])
  const both = isFree && policy !== "SingleStack" && families.length < 2
  const kept = policy === "SingleStack" ? families.slice(0, 1) : families
  return {
    ...spec,
    clusterIP: address,
    clusterIPs: given.length > 0 ? given : [address],
    ipFamilies: both ? ["IPv4", "IPv6"] : kept.length > 0 ? kept : ["IPv4"],
    ipFamilyPolicy: policy
  }
}

/** Addresses that the update leaves out are as they were; `clusterIP` and the first of `clusterIPs` go together. */
const patchedUp = (value: Fields, old: Fields): Fields => {
  const spec = Type.dropped(value, old)
  if (!needsAddress(spec) || !needsAddress(old) || textOf(old, "clusterIP") === "") return spec
  const address = textOf(spec, "clusterIP") || textOf(old, "clusterIP")
  const [given, before] = [textsOf(spec["clusterIPs"]), textsOf(old["clusterIPs"])]
  const isMoved = address !== textOf(old, "clusterIP") && same(given, before)
  const addresses = given.length === 0 || isMoved ? [address, ...before.slice(1)] : given
  return filled(
    { ...spec, clusterIP: address, clusterIPs: address === "None" ? ["None"] : addresses },
    {
      ipFamilies: old["ipFamilies"],
      ipFamilyPolicy: old["ipFamilyPolicy"]
    }
  )
}

/** A Service that came by its status has no address, and an update gives it none. */
const isUnassigned = (old: KubeObject | undefined): boolean =>
  old !== undefined && needsAddress(specOf(old)) && textOf(specOf(old), "clusterIP") === ""

const given = (spec: Fields): Fields => {
  const address = textOf(spec, "clusterIP")
  return { clusterIP: spec["clusterIP"], clusterIPs: spec["clusterIPs"] ?? (address === "" ? undefined : [address]) }
}

const prepared = (next: KubeObject, old: KubeObject | undefined, context: Allocations): KubeObject =>
  withSpec(next, (value) => {
    const spec = old === undefined ? value : patchedUp(value, specOf(old))
    const external = Type.ported(spec, old === undefined ? undefined : specOf(old))
    if (!needsAddress(external)) return external
    const complete = addressed(external, context)
    return isUnassigned(old) ? { ...complete, ...given(external) } : complete
  })

const protocols = ["SCTP", "TCP", "UDP"]

const portCauses = (spec: Fields): Causes => {
  const ports = listOf(spec["ports"])
  const names = new Set<string>()
  const keys = new Set<string>()
  return ports.flatMap((value, index) => {
    const at = `spec.ports[${index}]`
    const [name, target] = [textOf(value, "name"), value["targetPort"]]
    const isRepeated = name !== "" && names.has(name)
    names.add(name)
    const key = `${String(value["protocol"])}/${String(value["port"])}`
    const isTaken = keys.has(key)
    keys.add(key)
    return [
      ...(ports.length > 1 && name === ""
        ? [Rules.required(`${at}.name`)]
        : name === ""
          ? none
          : Rules.complaining(`${at}.name`, name, Rules.dnsLabel(name))),
      ...(isRepeated ? [Rules.duplicate(`${at}.name`, name)] : none),
      ...Rules.port(`${at}.port`, value["port"] ?? 0),
      ...Rules.oneOf(`${at}.protocol`, value["protocol"], protocols),
      ...(typeof target === "string"
        ? Rules.complaining(`${at}.targetPort`, target, Rules.portName(target))
        : Rules.port(`${at}.targetPort`, target ?? 0)),
      ...(isTaken ? [Rules.duplicate(at, { protocol: value["protocol"], port: value["port"], targetPort: 0 })] : none)
    ]
  })
}

const addressCauses = (spec: Fields): Causes => {
  if (!needsAddress(spec)) {
    const name = textOf(spec, "externalName")
    return [
      ...(textsOf(spec["clusterIPs"]).length > 0
        ? [Rules.forbidden("spec.clusterIPs", "may not be set when `type` is 'ExternalName'")]
        : none),
      ...(name === ""
        ? [Rules.required("spec.externalName")]
        : Rules.complaining("spec.externalName", name, Rules.dnsSubdomain(name.replace(/\.$/, ""))))
    ]
  }
  const [address, addresses] = [textOf(spec, "clusterIP"), textsOf(spec["clusterIPs"])]
  return [
    ...((addresses[0] ?? "") === address
      ? none
      : [Rules.invalid("spec.clusterIPs", addresses, "first value must match `clusterIP`")]),
    ...addresses.flatMap((one, index) =>
      one === "None" || Rules.isAddress(one)
        ? none
        : [
            Rules.invalid(
              `spec.clusterIPs[${index}]`,
              one,
              "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            )
          ]
    )
  ]
}

const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"]

/** What the allocator of addresses refuses, before anything else is looked at. */
const familyCauses = (spec: Fields): Causes => {
  const policy = textOf(spec, "ipFamilyPolicy")
  const isFree = isHeadless(spec) && Object.keys(fieldsOf(spec["selector"])).length === 0
  if (policy === "" || !needsAddress(spec)) return none
  if (!policies.includes(policy)) return Rules.oneOf("spec.ipFamilyPolicy", policy, policies)
  return policy === "RequireDualStack" && !isFree
    ? [Rules.invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services")]
    : none
}

const rules = (object: KubeObject): Causes => {
  const spec = specOf(object)
  const families = familyCauses(spec)
  if (families.length > 0) return families
  const type = textOf(spec, "type")
  return [
    ...(listOf(spec["ports"]).length === 0 && !isHeadless(spec) && needsAddress(spec)
      ? [Rules.required("spec.ports")]
      : none),
    ...(type === "LoadBalancer" && isHeadless(spec)
      ? [Rules.invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services")]
      : none),
    ...(type === "NodePort" && isHeadless(spec)
      ? [Rules.invalid("spec.clusterIPs[0]", "None", "may not be set to 'None' for NodePort services")]
      : none),
    ...portCauses(spec),
    ...Rules.labels("spec.selector", spec["selector"]),
    ...Rules.oneOf("spec.sessionAffinity", textOf(spec, "sessionAffinity"), ["ClientIP", "None"]),
    ...addressCauses(spec),
    ...Type.rules(spec)
  ]
}

const changes = (before: KubeObject, after: KubeObject): Causes => {
  const [old, next] = [specOf(before), specOf(after)]
  const typed = Type.changes(old, next)
  if (!needsAddress(old) || !needsAddress(next) || (isHeadless(old) && isHeadless(next))) return typed
  const [was, is] = [textsOf(old["clusterIPs"]), textsOf(next["clusterIPs"])]
  const moved = was.flatMap((address, index) =>
    is[index] === address || was.length !== is.length
      ? none
      : [Rules.invalid(`spec.clusterIPs[${index}]`, is, "may not change once set")]
  )
  const family = textsOf(old["ipFamilies"])[0]
  return [
    ...typed,
    ...moved,
    ...(family !== undefined && textsOf(next["ipFamilies"])[0] !== family && !isHeadless(next)
      ? [Rules.invalid("spec.ipFamilies[0]", next["ipFamilies"], "may not change once set")]
      : none)
  ]
}

export const service = basic({
  resource: Service,
  model: "V1Service",
  shortNames: ["svc"],
  categories: ["all"],
  hasStatus: true,
  allowCreateOnUpdate: true,
  initialStatus: () => ({ loadBalancer: {} }),
  defaulted: (object) => withSpec(object, defaulted),
  prepared,
  name: Rules.dns1035Label,
  rules,
  changes,
  columns: [column("Type", ".spec.type"), column("Cluster-IP", ".spec.clusterIP")]
})
