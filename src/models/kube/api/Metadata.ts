/**
 * The rules of `metadata` that hold for every kind: what the server checks
 * beside the kind's own rules, and what an update may not change.
 */
import type { KubeObject, ObjectMeta, OwnerReference } from "../../../domain/kube/Object.ts"
import type { Cause } from "./Kind.ts"
import { keyComplaints, valueComplaints } from "./LabelSyntax.ts"
import { same } from "./Types.ts"

const invalid = (field: string, value: unknown, why: string): Cause => ({
  field,
  reason: "FieldValueInvalid",
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`
})

const labelCauses = (labels: Readonly<Record<string, string>> = {}): ReadonlyArray<Cause> =>
  Object.entries(labels).flatMap(([key, value]) => [
    ...keyComplaints(key).map((why) => invalid("metadata.labels", key, why)),
    ...valueComplaints(value).map((why) => invalid("metadata.labels", value, why))
  ])

const annotationLimit = 256 * 1024

const annotationCauses = (annotations: Readonly<Record<string, string>> = {}): ReadonlyArray<Cause> => {
  const entries = Object.entries(annotations)
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return [
    ...entries.flatMap(([key]) =>
      keyComplaints(key.toLowerCase()).map((why) => invalid("metadata.annotations", key, why))
    ),
    ...(size > annotationLimit
      ? [
          {
            field: "metadata.annotations",
            reason: "FieldValueTooLong",
            message: `Too long: may not be more than ${annotationLimit} bytes`
          }
        ]
      : [])
  ]
}

const ownerCauses = (owners: ReadonlyArray<OwnerReference> = []): ReadonlyArray<Cause> => {
  const at = "metadata.ownerReferences"
  const missing = ({ apiVersion, kind, name, uid }: OwnerReference) => [
    ...(apiVersion === "" || apiVersion.endsWith("/")
      ? [invalid(`${at}.apiVersion`, apiVersion, "version must not be empty")]
      : []),
    ...(kind === "" ? [invalid(`${at}.kind`, kind, "must not be empty")] : []),
    ...(name === "" ? [invalid(`${at}.name`, name, "must not be empty")] : []),
    ...(uid === "" ? [invalid(`${at}.uid`, uid, "must not be empty")] : []),
    ...(apiVersion === "v1" && kind === "Event"
      ? [invalid(at, { apiVersion, kind, name, uid }, "/v1, Kind=Event is disallowed from being an owner")]
      : [])
  ]
  const controllers = owners.filter(({ controller }) => controller === true)
  return [
    ...owners.flatMap(missing),
    ...controllers
      .slice(1)
      .map(({ kind, name }) =>
        invalid(
          at,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controllers[0]!.kind}/${controllers[0]!.name} and ${kind}/${name}`
        )
      )
  ]
}

const pathCauses = (field: string, name: string): ReadonlyArray<Cause> => [
  ...(name === "." || name === ".." ? [invalid(field, name, `may not be '${name}'`)] : []),
  ...["/", "%"].filter((one) => name.includes(one)).map((one) => invalid(field, name, `may not contain '${one}'`))
]

/** What every write of any kind must get right, an update of a status too. */
export const common = (meta: ObjectMeta): ReadonlyArray<Cause> => [
  ...labelCauses(meta.labels),
  ...annotationCauses(meta.annotations),
  ...ownerCauses(meta.ownerReferences)
]

const finalizersCauses = (finalizers: ReadonlyArray<string> = []): ReadonlyArray<Cause> => [
  ...finalizers.flatMap((one) => keyComplaints(one).map((why) => invalid("metadata.finalizers", one, why))),
  ...(finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")
    ? [invalid("metadata.finalizers", finalizers, "finalizer orphan and foregroundDeletion cannot be both set")]
    : [])
]

const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"]

/** Of built-in kinds: a finalizer without a domain must be one of Kubernetes' own. */
export const finalizerCauses = ({ metadata }: KubeObject): ReadonlyArray<Cause> =>
  (metadata.finalizers ?? []).flatMap((one, index) =>
    one.includes("/") || standardFinalizers.includes(one)
      ? []
      : [
          invalid(
            `metadata.finalizers[${index}]`,
            one,
            "name is neither a standard finalizer name nor is it fully qualified"
          )
        ]
  )

/** Of any object that is written, whatever its kind. */
export const causes = ({ metadata }: KubeObject): ReadonlyArray<Cause> => [
  ...(metadata.generateName === undefined ? [] : pathCauses("metadata.generateName", metadata.generateName)),
  ...(metadata.name === undefined || metadata.name === ""
    ? [
        {
          field: "metadata.name",
          reason: "FieldValueRequired",
          message: "Required value: name or generateName is required"
        }
      ]
    : pathCauses("metadata.name", metadata.name)),
  ...common(metadata),
  ...finalizersCauses(metadata.finalizers)
]

const immutable = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds"
] as const

/** Of an update beyond `causes`: what may not change. */
export const updateCauses = (old: KubeObject, next: KubeObject): ReadonlyArray<Cause> => {
  const before = old.metadata.finalizers ?? []
  const added = [...new Set(next.metadata.finalizers ?? [])].filter((one) => !before.includes(one)).sort()
  const list = added.map((one) => JSON.stringify(one)).join(", ")
  return [
    ...(old.metadata.deletionTimestamp !== undefined && added.length > 0
      ? [
          {
            field: "metadata.finalizers",
            reason: "FieldValueForbidden",
            message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`
          }
        ]
      : []),
    ...immutable.flatMap((field) =>
      same(old.metadata[field], next.metadata[field])
        ? []
        : [invalid(`metadata.${field}`, next.metadata[field] ?? null, "field is immutable")]
    )
  ]
}

/** What is never stored: the same owner twice, and a link to itself. */
export const tidied = (object: KubeObject): KubeObject => {
  const { ownerReferences = [] } = object.metadata
  const owners = ownerReferences.filter(
    (one, index) => !ownerReferences.slice(0, index).some((other) => same(one, other))
  )
  if (owners.length === ownerReferences.length && !("selfLink" in object.metadata)) return object
  const { selfLink: _, ...metadata } = object.metadata as ObjectMeta & { readonly selfLink?: unknown }
  return { ...object, metadata: owners.length === 0 ? metadata : { ...metadata, ownerReferences: owners } }
}
