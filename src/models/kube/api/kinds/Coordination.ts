/**
 * Leases, endpoint slices and disruption budgets.
 */
import { EndpointSlice, type KubeObject, Lease, PodDisruptionBudget } from "../../../../domain/kube/Object.ts"
import { type Fields, isFields, same } from "../Types.ts"
import { basic, column, spec } from "./Basic.ts"
import { withSpec } from "./Pod.ts"
import { eachOf } from "./PodDefaults.ts"
import * as Rules from "./Rules.ts"
import { type Causes, fieldsOf, listOf, none, specOf, statusOf, textOf, textsOf } from "./Rules.ts"

const leaseCauses = (object: KubeObject): Causes => {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = specOf(object)
  return [
    ...(typeof leaseDurationSeconds === "number" && leaseDurationSeconds <= 0
      ? [Rules.invalid("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0")]
      : none),
    ...Rules.nonNegative("spec.leaseTransitions", leaseTransitions),
    ...(preferredHolder && !strategy
      ? [Rules.forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined")]
      : none)
  ]
}

export const lease = basic({
  resource: Lease,
  model: "V1Lease",
  allowUnconditionalUpdate: false,
  allowCreateOnUpdate: true,
  // Coordinated leader election is an alpha feature: its fields are dropped.
  prepared: (next) => withSpec(next, ({ preferredHolder: _1, strategy: _2, ...spec }) => spec),
  rules: leaseCauses,
  columns: [column("Holder", ".spec.holderIdentity")]
})

/** An empty list does not survive storage: it comes back as none. */
const emptied = (object: KubeObject, field: string): Fields =>
  listOf(object[field]).length === 0 && object[field] !== undefined ? { [field]: null } : {}

const slicePort = (port: Fields): Fields => ({ ...port, name: port["name"] ?? "", protocol: port["protocol"] ?? "TCP" })

const octets = (address: string): ReadonlyArray<number> | undefined => {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number)
  return parts?.every((part) => part <= 255) ? parts : undefined
}

const special = (field: string, address: string, parts: ReadonlyArray<number>, mayLoop: boolean): Causes => {
  const [first = 0, second = 0, third = 0] = parts
  const say = (why: string) => [Rules.invalid(field, address, why)]
  return [
    ...(parts.every((part) => part === 0) ? say(`may not be unspecified (${address})`) : none),
    ...(first === 127 && !mayLoop ? say("may not be in the loopback range (127.0.0.0/8, ::1/128)") : none),
    ...(first === 169 && second === 254 ? say("may not be in the link-local range (169.254.0.0/16, fe80::/10)") : none),
    ...(first === 224 && second === 0 && third === 0
      ? say("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
      : none)
  ]
}

const isIpv6 = (address: string): boolean =>
  /^[0-9a-f:]+(\.\d+){0,3}$/i.test(address) && URL.canParse(`http://[${address}]/`)

const specialSixth = (field: string, address: string, mayLoop: boolean): Causes => {
  // The shortest form, in lower case.
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const say = (why: string) => [Rules.invalid(field, address, why)]
  return [
    ...(text === "::" ? say(`may not be unspecified (${address})`) : none),
    ...(text === "::1" && !mayLoop ? say("may not be in the loopback range (127.0.0.0/8, ::1/128)") : none),
    ...(/^fe[89ab]/.test(text) ? say("may not be in the link-local range (169.254.0.0/16, fe80::/10)") : none),
    ...(/^ff[0-9a-f]2:/.test(text)
      ? say("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
      : none)
  ]
}

const addressCauses = (type: string, address: string, field: string, mayLoop: boolean): Causes => {
  if (type === "FQDN") return Rules.complaining(field, address, Rules.dnsSubdomain(address.replace(/\.$/, "")))
  if (type !== "IPv4" && type !== "IPv6") return none
  const parts = octets(address)
  const isSixth = parts === undefined && isIpv6(address)
  if (parts === undefined && !isSixth) {
    return [Rules.invalid(field, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")]
  }
  // The rule about the family names the list, that about the range the item.
  if (isSixth !== (type === "IPv6")) {
    return [Rules.invalid(field.replace(/\[\d+\]$/, ""), address, `must be an ${type} address`)]
  }
  return parts === undefined ? specialSixth(field, address, mayLoop) : special(field, address, parts, mayLoop)
}

const endpointCauses = (object: KubeObject, mayLoop: boolean): Causes =>
  listOf(object["endpoints"]).flatMap((endpoint, index) => {
    const at = `endpoints[${index}]`
    const addresses = textsOf(endpoint["addresses"])
    const [nodeName, hostname] = [endpoint["nodeName"], endpoint["hostname"]]
    return [
      ...(addresses.length === 0 ? [Rules.required(`${at}.addresses`, "must contain at least 1 address")] : none),
      ...(addresses.length > 100 ? [Rules.tooMany(`${at}.addresses`, addresses.length, 100)] : none),
      ...addresses.flatMap((address, position) =>
        addressCauses(textOf(object, "addressType"), address, `${at}.addresses[${position}]`, mayLoop)
      ),
      ...(typeof nodeName === "string"
        ? Rules.complaining(`${at}.nodeName`, nodeName, Rules.dnsSubdomain(nodeName))
        : none),
      ...(typeof hostname === "string" ? Rules.complaining(`${at}.hostname`, hostname, Rules.dnsLabel(hostname)) : none)
    ]
  })

const slicePorts = (object: KubeObject): Causes => {
  const names = new Set<string>()
  return listOf(object["ports"]).flatMap((port, index) => {
    const name = textOf(port, "name")
    const isRepeated = names.has(name)
    names.add(name)
    return [
      ...(name === "" ? none : Rules.complaining(`ports[${index}].name`, name, Rules.dnsLabel(name))),
      ...(isRepeated ? [Rules.duplicate(`ports[${index}].name`, name)] : none),
      ...Rules.oneOf(`ports[${index}].protocol`, port["protocol"], ["SCTP", "TCP", "UDP"])
    ]
  })
}

const sliceCauses = (object: KubeObject, mayLoop: boolean): Causes => {
  const type = textOf(object, "addressType")
  return [
    ...(type === "" ? [Rules.required("addressType")] : Rules.oneOf("addressType", type, ["FQDN", "IPv4", "IPv6"])),
    ...slicePorts(object),
    ...endpointCauses(object, mayLoop)
  ]
}

const slices = (mayLoop: boolean) =>
  basic({
    resource: EndpointSlice,
    model: "V1EndpointSlice",
    generation: ({ metadata, ...others }) => ({ ...others, labels: metadata.labels ?? {} }),
    defaulted: (object) => ({ ...object, ...eachOf({ ports: object["ports"] }, "ports", slicePort) }),
    prepared: (next) => ({ ...next, ...emptied(next, "endpoints"), ...emptied(next, "ports") }),
    rules: (object) => sliceCauses(object, mayLoop),
    validateUpdate: (old, next) => [
      ...Rules.metadata(next, true, Rules.dnsSubdomain),
      ...sliceCauses(next, mayLoop),
      ...Rules.immutable("addressType", old["addressType"], next["addressType"])
    ],
    columns: [column("AddressType", ".addressType")]
  })

export const endpointSlice = slices(false)

/** For worlds whose pods have loopback addresses. */
export const endpointSliceOnLoopback = slices(true)

const share = (field: string, value: unknown): Causes => {
  if (value === undefined) return none
  if (typeof value === "number") return Rules.nonNegative(field, value)
  const text = String(value)
  if (!/^\d+%$/.test(text)) {
    const why =
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
    return [Rules.invalid(field, text, why)]
  }
  return Number(text.slice(0, -1)) > 100 ? [Rules.invalid(field, text, "must not be greater than 100%")] : none
}

const budgetCauses = (object: KubeObject): Causes => {
  const value = specOf(object)
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy: policy } = value
  const internal = {
    MinAvailable: minAvailable ?? null,
    Selector: value["selector"] ?? null,
    MaxUnavailable: maxUnavailable ?? null,
    UnhealthyPodEvictionPolicy: policy ?? null
  }
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined
      ? [Rules.invalid("spec", internal, "minAvailable and maxUnavailable cannot be both set")]
      : none),
    ...share("spec.minAvailable", minAvailable),
    ...share("spec.maxUnavailable", maxUnavailable),
    ...(isFields(value["selector"]) ? Rules.labelSelector("spec.selector", value["selector"]) : none),
    ...(policy === undefined
      ? none
      : Rules.oneOf("spec.unhealthyPodEvictionPolicy", policy, ["AlwaysAllow", "IfHealthyBudget"]))
  ]
}

const counts = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"]

export const podDisruptionBudget = basic({
  resource: PodDisruptionBudget,
  model: "V1PodDisruptionBudget",
  shortNames: ["pdb"],
  hasStatus: true,
  generation: spec,
  allowUnconditionalUpdate: false,
  initialStatus: () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
  rules: budgetCauses,
  validateUpdate: (_old, next) => budgetCauses(next),
  validateStatus: (old, next) =>
    same(old["status"], next["status"])
      ? none
      : counts.flatMap((name) => Rules.nonNegative(`status.${name}`, fieldsOf(statusOf(next))[name])),
  columns: [
    column("Min Available", ".spec.minAvailable"),
    column("Max Unavailable", ".spec.maxUnavailable"),
    column("Allowed Disruptions", ".status.disruptionsAllowed", "integer")
  ]
})
