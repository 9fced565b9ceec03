/**
 * What a Service has because of its type: addresses, ports of nodes, policies
 * for traffic from outside. Another type takes them away again.
 */
import { type Fields, same } from "../Types.ts"
import { eachOf, filled } from "./PodDefaults.ts"
import * as Rules from "./Rules.ts"
import { type Causes, listOf, none, textOf, textsOf } from "./Rules.ts"

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]

export const needsAddress = (spec: Fields): boolean => spec["type"] !== "ExternalName"

const isBalanced = (spec: Fields): boolean => spec["type"] === "LoadBalancer"

const isExternal = (spec: Fields): boolean => spec["type"] === "NodePort" || isBalanced(spec)

const isAccessible = (spec: Fields): boolean =>
  isExternal(spec) || (spec["type"] === "ClusterIP" && textsOf(spec["externalIPs"]).length > 0)

/** One that is told not to allocate any keeps those it has. */
const allocatesNodePorts = (spec: Fields): boolean =>
  spec["type"] === "NodePort" || (isBalanced(spec) && spec["allocateLoadBalancerNodePorts"] !== false)

const needsHealthPort = (spec: Fields): boolean => isBalanced(spec) && spec["externalTrafficPolicy"] === "Local"

/** Defaults of a type that is set. */
export const defaulted = (spec: Fields): Fields =>
  filled(spec, {
    ...(isAccessible(spec) ? { externalTrafficPolicy: "Cluster" } : {}),
    ...(isExternal(spec) || spec["type"] === "ClusterIP" ? { internalTrafficPolicy: "Cluster" } : {}),
    ...(isBalanced(spec) ? { allocateLoadBalancerNodePorts: true } : {})
  })

const nodePortsOf = (spec: Fields | undefined): ReadonlyArray<unknown> =>
  listOf(spec?.["ports"]).flatMap(({ nodePort }) => (nodePort === undefined || nodePort === 0 ? [] : [nodePort]))

/** What the new type has no use for goes with the old one, unless this write sets it. */
export const dropped = (spec: Fields, old: Fields): Fields => {
  const going = (needs: (spec: Fields) => boolean, ...names: ReadonlyArray<string>): ReadonlyArray<string> =>
    needs(old) && !needs(spec) ? names.filter((name) => same(spec[name], old[name])) : []
  const gone = [
    ...going(needsAddress, "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"),
    ...going(needsHealthPort, "healthCheckNodePort"),
    ...going(isBalanced, "allocateLoadBalancerNodePorts", "loadBalancerClass"),
    ...going(isAccessible, "externalTrafficPolicy")
  ]
  const left = Object.fromEntries(Object.entries(spec).filter(([name]) => !gone.includes(name)))
  const before = nodePortsOf(old)
  const hasNew = nodePortsOf(spec).some((port) => !before.includes(port))
  return isExternal(old) && !isExternal(spec) && !hasNew
    ? eachOf(left, "ports", ({ nodePort: _nodePort, ...port }) => port)
    : left
}

const firstNodePort = 30_000

const healthPort = 31_999

/** Ports of nodes are given out in order, and kept by the ports that have them, by name. */
export const ported = (spec: Fields, old: Fields | undefined): Fields => {
  const healthy = needsHealthPort(spec)
    ? filled(spec, { healthCheckNodePort: old?.["healthCheckNodePort"] ?? healthPort })
    : spec
  if (!isExternal(spec)) return healthy
  const before = old === undefined || !isExternal(old) ? [] : listOf(old["ports"])
  const used = new Set([...nodePortsOf({ ports: before }), ...nodePortsOf(spec)])
  const isKept = new Set(nodePortsOf(spec))
  let next = firstNodePort
  return eachOf(healthy, "ports", (port) => {
    if (port["nodePort"] !== undefined && port["nodePort"] !== 0) return port
    const known = before.find((other) => textOf(other, "name") === textOf(port, "name"))?.["nodePort"]
    if (known !== undefined && !isKept.has(known)) return { ...port, nodePort: known }
    if (!allocatesNodePorts(spec)) return port
    while (used.has(next)) next += 1
    used.add(next)
    return { ...port, nodePort: next }
  })
}

const nodePortCauses = (spec: Fields): Causes =>
  listOf(spec["ports"]).flatMap(({ nodePort }, index) => {
    const at = `spec.ports[${index}].nodePort`
    if (nodePort === undefined || nodePort === 0) return none
    if (spec["type"] === "ClusterIP") return [Rules.forbidden(at, "may not be used when `type` is 'ClusterIP'")]
    const isInRange = typeof nodePort === "number" && nodePort >= firstNodePort && nodePort <= 32_767
    return isInRange || !isExternal(spec)
      ? none
      : [
          Rules.invalid(
            at,
            nodePort,
            "provided port is not in the valid range. The range of valid ports is 30000-32767"
          )
        ]
  })

const onlyBalanced = (spec: Fields, name: string): Causes =>
  isBalanced(spec) || spec[name] === undefined
    ? none
    : [Rules.forbidden(`spec.${name}`, "may only be used when `type` is 'LoadBalancer'")]

const healthPortCauses = (spec: Fields): Causes => {
  const port = spec["healthCheckNodePort"]
  return needsHealthPort(spec) || port === undefined || port === 0
    ? none
    : [
        Rules.invalid(
          "spec.healthCheckNodePort",
          port,
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        )
      ]
}

const policyCauses = (spec: Fields): Causes => [
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

export const rules = (spec: Fields): Causes => [
  ...Rules.oneOf("spec.type", textOf(spec, "type"), types),
  ...nodePortCauses(spec),
  ...onlyBalanced(spec, "allocateLoadBalancerNodePorts"),
  ...onlyBalanced(spec, "loadBalancerClass"),
  ...healthPortCauses(spec),
  ...policyCauses(spec)
]

export const changes = (old: Fields, next: Fields): Causes =>
  isBalanced(old) && isBalanced(next) && !same(old["loadBalancerClass"], next["loadBalancerClass"])
    ? [Rules.invalid("spec.loadBalancerClass", next["loadBalancerClass"], "may not change once set")]
    : none
