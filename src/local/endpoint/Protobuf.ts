/**
 * Bodies that kubectl sends in the API's protobuf, for the kinds that its
 * `create` subcommands and `drain` write: read as the JSON they stand for.
 */

type Fields = ReadonlyMap<number, { readonly name: string; readonly type: string; readonly isList: boolean }>

/**
 * Field numbers of the API's messages (generated.proto, 1.34): `number name`,
 * or `number name Type` where it is no string; `[]` a list.
 */
const messages: Readonly<Record<string, string>> = {
  TypeMeta: "1 apiVersion, 2 kind",
  Unknown: "1 typeMeta TypeMeta, 2 raw raw, 3 contentEncoding, 4 contentType",
  ObjectMeta:
    "1 name, 2 generateName, 3 namespace, 5 uid, 6 resourceVersion, 7 generation int, 8 creationTimestamp time, 9 deletionTimestamp time, 10 deletionGracePeriodSeconds int, 11 labels map, 12 annotations map, 13 ownerReferences OwnerReference[], 14 finalizers string[]",
  OwnerReference: "1 kind, 3 name, 4 uid, 5 apiVersion, 6 controller bool, 7 blockOwnerDeletion bool",
  LabelSelector: "1 matchLabels map, 2 matchExpressions LabelSelectorRequirement[]",
  LabelSelectorRequirement: "1 key, 2 operator, 3 values string[]",
  Preconditions: "1 uid, 2 resourceVersion",
  DeleteOptions:
    "1 gracePeriodSeconds int, 2 preconditions Preconditions, 3 orphanDependents bool, 4 propagationPolicy, 5 dryRun string[]",
  ObjectReference: "1 kind, 2 namespace, 3 name, 4 uid, 5 apiVersion, 6 resourceVersion, 7 fieldPath",
  LocalObjectReference: "1 name",
  Namespace: "1 metadata ObjectMeta, 2 spec NamespaceSpec",
  NamespaceSpec: "1 finalizers string[]",
  ConfigMap: "1 metadata ObjectMeta, 2 data map, 3 binaryData bytesMap, 4 immutable bool",
  Secret: "1 metadata ObjectMeta, 2 data bytesMap, 3 type, 4 stringData map, 5 immutable bool",
  ServiceAccount:
    "1 metadata ObjectMeta, 2 secrets ObjectReference[], 3 imagePullSecrets LocalObjectReference[], 4 automountServiceAccountToken bool",
  Service: "1 metadata ObjectMeta, 2 spec ServiceSpec",
  ServiceSpec:
    "1 ports ServicePort[], 2 selector map, 3 clusterIP, 4 type, 5 externalIPs string[], 7 sessionAffinity, 8 loadBalancerIP, 9 loadBalancerSourceRanges string[], 10 externalName, 11 externalTrafficPolicy, 12 healthCheckNodePort int, 13 publishNotReadyAddresses bool, 17 ipFamilyPolicy, 18 clusterIPs string[], 19 ipFamilies string[], 20 allocateLoadBalancerNodePorts bool, 21 loadBalancerClass, 22 internalTrafficPolicy, 23 trafficDistribution",
  ServicePort: "1 name, 2 protocol, 3 port int, 4 targetPort intOrString, 5 nodePort int, 6 appProtocol",
  PodDisruptionBudget: "1 metadata ObjectMeta, 2 spec PodDisruptionBudgetSpec",
  PodDisruptionBudgetSpec:
    "1 minAvailable intOrString, 2 selector LabelSelector, 3 maxUnavailable intOrString, 4 unhealthyPodEvictionPolicy",
  Eviction: "1 metadata ObjectMeta, 2 deleteOptions DeleteOptions"
}

const fieldsOf = (message: string): Fields =>
  new Map(
    messages[message]!.split(", ").map((row) => {
      const [number, name, type = "string"] = row.split(" ")
      return [Number(number), { name: name!, type: type.replace("[]", ""), isList: type.endsWith("[]") }]
    })
  )

interface Field {
  readonly number: number
  readonly value: bigint | Uint8Array
}

class Malformed extends Error {}

const varint = (bytes: Uint8Array, from: number): readonly [value: bigint, next: number] => {
  let value = 0n
  for (let at = from; at < bytes.length && at < from + 10; at++) {
    value |= BigInt(bytes[at]! & 0x7f) << BigInt(7 * (at - from))
    if (bytes[at]! < 0x80) return [BigInt.asIntN(64, value), at + 1]
  }
  throw new Malformed()
}

/** Fields of a message; those of fixed width do not occur in the API. */
const scan = (bytes: Uint8Array): ReadonlyArray<Field> => {
  const fields: Array<Field> = []
  for (let at = 0; at < bytes.length;) {
    const [tag, start] = varint(bytes, at)
    const number = Number(tag >> 3n)
    const [value, next] = varint(bytes, start)
    if ((tag & 7n) === 0n) {
      fields.push({ number, value })
      at = next
      continue
    }
    const end = next + Number(value)
    if ((tag & 7n) !== 2n || end > bytes.length || end < next) throw new Malformed()
    fields.push({ number, value: bytes.subarray(next, end) })
    at = end
  }
  return fields
}

const bytesOf = (value: Field["value"]): Uint8Array => {
  if (typeof value === "bigint") throw new Malformed()
  return value
}

const textOf = (value: Field["value"]): string => Buffer.from(bytesOf(value)).toString("utf8")

const numbered = (value: Field["value"]): ReadonlyMap<number, Field["value"]> =>
  new Map(scan(bytesOf(value)).map((field) => [field.number, field.value]))

/** A map is a list of messages of a key and a value. */
const entryOf = (value: Field["value"], isBytes: boolean): readonly [string, string] => {
  const entry = numbered(value)
  const [key, item] = [entry.get(1) ?? new Uint8Array(), entry.get(2) ?? new Uint8Array()]
  return [textOf(key), isBytes ? Buffer.from(bytesOf(item)).toString("base64") : textOf(item)]
}

const timeOf = (value: Field["value"]): string | null => {
  const seconds = numbered(value).get(1)
  const millis = typeof seconds === "bigint" ? Number(seconds) * 1000 : NaN
  return Math.abs(millis) <= 8.64e15 ? `${new Date(millis).toISOString().slice(0, 19)}Z` : null
}

const intOrStringOf = (value: Field["value"]): number | string => {
  const parts = numbered(value)
  return parts.get(1) === 1n ? textOf(parts.get(3) ?? new Uint8Array()) : Number(parts.get(2) ?? 0n)
}

const valueOf = (type: string, value: Field["value"]): unknown => {
  switch (type) {
    case "string":
      return textOf(value)
    case "int":
      return Number(value)
    case "bool":
      return value === 1n
    case "time":
      return timeOf(value)
    case "intOrString":
      return intOrStringOf(value)
    case "raw":
      return bytesOf(value)
    default:
      return messageOf(type, bytesOf(value))
  }
}

/** Fields that are not in the table are passed over; empty text is how Go writes an absent one. */
const messageOf = (message: string, bytes: Uint8Array): Record<string, unknown> => {
  const known = fieldsOf(message)
  const result: Record<string, unknown> = {}
  for (const { number, value } of scan(bytes)) {
    const field = known.get(number)
    if (field === undefined) continue
    const { isList, name, type } = field
    if (type === "map" || type === "bytesMap") {
      const [key, item] = entryOf(value, type === "bytesMap")
      result[name] = { ...(result[name] as object | undefined), [key]: item }
      continue
    }
    const item = valueOf(type, value)
    // A field that is a list is only written here.
    if (isList) result[name] = [...((result[name] as ReadonlyArray<unknown> | undefined) ?? []), item]
    else if (item !== "") result[name] = item
  }
  return result
}

const magic = Buffer.from("k8s\0")

/** Kinds whose bodies can be read. */
const kinds: ReadonlySet<string> = new Set([
  "ConfigMap",
  "DeleteOptions",
  "Eviction",
  "Namespace",
  "PodDisruptionBudget",
  "Secret",
  "Service",
  "ServiceAccount"
])

/** The object in a body; undefined: it is none, or of a kind that is not in the table. */
export const decode = (bytes: Uint8Array): { readonly [field: string]: unknown } | undefined => {
  if (!magic.equals(bytes.subarray(0, magic.length))) return undefined
  try {
    const { raw, typeMeta } = messageOf("Unknown", bytes.subarray(magic.length))
    // Both fields of this message are texts.
    const { apiVersion, kind } = (typeMeta ?? {}) as { readonly apiVersion?: string; readonly kind?: string }
    if (kind === undefined || !kinds.has(kind) || !(raw instanceof Uint8Array)) return undefined
    return { apiVersion, kind, ...messageOf(kind, raw) }
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}
