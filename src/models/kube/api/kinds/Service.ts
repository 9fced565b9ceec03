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
import { type Causes, fieldsOf, listOf, none, specOf, textOf, textsOf } from "./Rules.ts"

const isExternal = (spec: Fields): boolean => spec["type"] === "NodePort" || spec["type"] === "LoadBalancer"

const isAccessible = (spec: Fields): boolean =>
  isExternal(spec) || (spec["type"] === "ClusterIP" && textsOf(spec["externalIPs"]).length > 0)

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

const defaulted = (value: Fields): Fields => {
  const spec = filled(affinity(eachOf(value, "ports", port)), { type: "ClusterIP" })
  const isOrdinary = spec["type"] !== "ExternalName"
  return filled(spec, {
    ...(isAccessible(spec) ? { externalTrafficPolicy: "Cluster" } : {}),
    ...(isOrdinary && (isExternal(spec) || spec["type"] === "ClusterIP") ? { internalTrafficPolicy: "Cluster" } : {}),
    ...(spec["type"] === "LoadBalancer" ? { allocateLoadBalancerNodePorts: true } : {})
  })
}

const isHeadless = (spec: Fields): boolean => spec["clusterIP"] === "None"

const needsAddress = (spec: Fields): boolean => spec["type"] !== "ExternalName"

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

/** Node ports are given out in order, and kept by those who have one. */
const nodePorted = (spec: Fields, old: Fields | undefined): Fields => {
  if (!isExternal(spec) || spec["allocateLoadBalancerNodePorts"] === false) return spec
  const before = listOf(old?.["ports"])
  let next = 30_000
  return eachOf(spec, "ports", (value) => {
    next += 1
    const known = before.find((other) => other["port"] === value["port"] && other["protocol"] === value["protocol"])
    return value["nodePort"] === undefined ? { ...value, nodePort: known?.["nodePort"] ?? next } : value
  })
}

/** Addresses that the update leaves out are as they were; `clusterIP` and the first of `clusterIPs` go together. */
const patchedUp = (spec: Fields, old: Fields): Fields => {
  if (!needsAddress(spec)) {
    const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, ...others } = spec
    const isKept = (name: string, value: unknown): Fields => (same(value, old[name]) ? {} : { [name]: value })
    return {
      ...others,
      ...isKept("clusterIP", clusterIP),
      ...isKept("clusterIPs", clusterIPs),
      ...isKept("ipFamilies", ipFamilies),
      ...isKept("ipFamilyPolicy", ipFamilyPolicy)
    }
  }
  if (!needsAddress(old) || textOf(old, "clusterIP") === "") return spec
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

const given = ({ clusterIP, clusterIPs }: Fields): Fields => ({ clusterIP, clusterIPs })

const prepared = (next: KubeObject, old: KubeObject | undefined, context: Allocations): KubeObject =>
  withSpec(next, (value) => {
    const spec = old === undefined ? value : patchedUp(value, specOf(old))
    const external = nodePorted(spec, old === undefined ? undefined : specOf(old))
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

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]

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
    ...Rules.oneOf("spec.type", type, types),
    ...addressCauses(spec),
    ...(spec["internalTrafficPolicy"] === undefined
      ? none
      : Rules.oneOf("spec.internalTrafficPolicy", spec["internalTrafficPolicy"], ["Cluster", "Local"])),
    ...(isAccessible(spec)
      ? Rules.oneOf("spec.externalTrafficPolicy", textOf(spec, "externalTrafficPolicy"), ["Cluster", "Local"])
      : spec["externalTrafficPolicy"] === undefined
        ? none
        : [
            Rules.invalid(
              "spec.externalTrafficPolicy",
              spec["externalTrafficPolicy"],
              "may only be set for externally-accessible services"
            )
          ])
  ]
}

const changes = (before: KubeObject, after: KubeObject): Causes => {
  const [old, next] = [specOf(before), specOf(after)]
  if (!needsAddress(old) || !needsAddress(next) || (isHeadless(old) && isHeadless(next))) return none
  const [was, is] = [textsOf(old["clusterIPs"]), textsOf(next["clusterIPs"])]
  const moved = was.flatMap((address, index) =>
    is[index] === address || was.length !== is.length
      ? none
      : [Rules.invalid(`spec.clusterIPs[${index}]`, is, "may not change once set")]
  )
  const family = textsOf(old["ipFamilies"])[0]
  return [
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
