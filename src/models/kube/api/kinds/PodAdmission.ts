/**
 * What admission adds to a new pod: the service account's token volume,
 * tolerations of node trouble, priority; and its quality of service.
 */
import * as Quantity from "../Quantity.ts"
import { type Fields, isFields, same } from "../Types.ts"
import { eachOf, filled } from "./PodDefaults.ts"
import { fieldsOf, listOf, textOf } from "./Rules.ts"

const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"

const tokenVolume = (name: string): Fields => ({
  name,
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { items: [{ key: "ca.crt", path: "ca.crt" }], name: "kube-root-ca.crt" } },
      {
        downwardAPI: { items: [{ fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" }, path: "namespace" }] }
      }
    ]
  }
})

const isMounted = (container: Fields): boolean =>
  listOf(container["volumeMounts"]).some((mount) => mount["mountPath"] === tokenPath)

const containersOf = (spec: Fields): ReadonlyArray<Fields> => [
  ...listOf(spec["initContainers"]),
  ...listOf(spec["containers"])
]

const withToken = (spec: Fields, suffix: string): Fields => {
  const known = listOf(spec["volumes"]).find((volume) => textOf(volume, "name").startsWith("kube-api-access-"))
  if (spec["automountServiceAccountToken"] === false || containersOf(spec).every(isMounted)) return spec
  const name = known === undefined ? `kube-api-access-${suffix}` : textOf(known, "name")
  const mounted = (container: Fields): Fields =>
    isMounted(container)
      ? container
      : {
          ...container,
          volumeMounts: [...listOf(container["volumeMounts"]), { mountPath: tokenPath, name, readOnly: true }]
        }
  const containers = ["containers", "initContainers"].reduce((fields, list) => eachOf(fields, list, mounted), spec)
  return known === undefined ? { ...containers, volumes: [...listOf(spec["volumes"]), tokenVolume(name)] } : containers
}

const troubles = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]

const tolerates = (toleration: Fields, key: string): boolean => {
  const [own, effect] = [textOf(toleration, "key"), textOf(toleration, "effect")]
  return (own === key || own === "") && (effect === "NoExecute" || effect === "")
}

export const withTolerations = (spec: Fields): Fields => {
  const given = listOf(spec["tolerations"])
  const missing = troubles.filter((key) => !given.some((toleration) => tolerates(toleration, key)))
  const added = missing.map((key) => ({ effect: "NoExecute", key, operator: "Exists", tolerationSeconds: 300 }))
  return added.length === 0 ? spec : { ...spec, tolerations: [...given, ...added] }
}

/** A new pod's spec after admission; `suffix` makes the volume's name. */
export const admitted = (spec: Fields, suffix: string): Fields => {
  const named = filled(spec, { serviceAccountName: "default", serviceAccount: "default" })
  const complete = withTolerations(withToken(named, suffix))
  return filled(complete, { priority: 0, preemptionPolicy: "PreemptLowerPriority" })
}

const counted = ["cpu", "memory"]

const sums = (containers: ReadonlyArray<Fields>, which: string): ReadonlyMap<string, bigint> => {
  const result = new Map<string, bigint>()
  for (const container of containers) {
    for (const [name, value] of Object.entries(fieldsOf(fieldsOf(container["resources"])[which]))) {
      const nanos = Quantity.nanosOf(value)
      if (counted.includes(name) && nanos > 0n) result.set(name, (result.get(name) ?? 0n) + nanos)
    }
  }
  return result
}

const isGuaranteed = (container: Fields): boolean => {
  const { limits, requests } = fieldsOf(container["resources"])
  return counted.every((name) => {
    const limit = isFields(limits) ? Quantity.nanosOf(limits[name]) : 0n
    const request = isFields(requests) ? Quantity.nanosOf(requests[name] ?? limit) : limit
    return limit > 0n && request === limit
  })
}

/** `status.qosClass`. */
export const qosClass = (spec: Fields): string => {
  const containers = containersOf(spec)
  const [limits, requests] = [sums(containers, "limits"), sums(containers, "requests")]
  if (limits.size === 0 && requests.size === 0) return "BestEffort"
  return containers.every(isGuaranteed) && same([...limits].length, counted.length) ? "Guaranteed" : "Burstable"
}
