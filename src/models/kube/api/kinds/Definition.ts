/**
 * CustomResourceDefinitions as objects; the kinds they define are in `custom/`.
 */
import { CustomResourceDefinition, type KubeObject } from "../../../../domain/kube/Object.ts"
import type { Fields } from "../Types.ts"
import { basic, column, spec } from "./Basic.ts"
import { withSpec } from "./Pod.ts"
import { eachOf, filled } from "./PodDefaults.ts"
import * as Rules from "./Rules.ts"
import { type Causes, fieldsOf, listOf, none, specOf, textOf } from "./Rules.ts"

const names = (value: Fields): Fields => {
  const given = fieldsOf(value["names"])
  const kind = textOf(given, "kind")
  return { ...value, names: filled(given, { listKind: `${kind}List`, singular: kind.toLowerCase() }) }
}

const defaulted = (value: Fields): Fields =>
  filled(names(value), { conversion: { strategy: "None" }, scope: "Namespaced" })

const nameCauses = (object: KubeObject): Causes => {
  const value = specOf(object)
  const given = fieldsOf(value["names"])
  const [plural, group] = [textOf(given, "plural"), textOf(value, "group")]
  const required = `${plural}.${group}`
  return [
    ...(object.metadata.name === required
      ? none
      : [Rules.invalid("metadata.name", object.metadata.name ?? "", 'must be spec.names.plural+"."+spec.group')]),
    ...(group === ""
      ? [Rules.required("spec.group")]
      : group.includes(".")
        ? Rules.complaining("spec.group", group, Rules.dnsSubdomain(group))
        : [Rules.invalid("spec.group", group, "should be a domain with at least one dot")]),
    ...(plural === ""
      ? [Rules.required("spec.names.plural")]
      : Rules.complaining("spec.names.plural", plural, Rules.dns1035Label(plural))),
    ...(textOf(given, "kind") === "" ? [Rules.required("spec.names.kind")] : none),
    ...Rules.oneOf("spec.scope", textOf(value, "scope"), ["Cluster", "Namespaced"])
  ]
}

/** As Go prints the internal type: what all versions share is kept beside them. */
const internal = (version: Fields, isOnly: boolean): Fields => ({
  Name: textOf(version, "name"),
  Served: version["served"] === true,
  Storage: version["storage"] === true,
  Deprecated: version["deprecated"] === true,
  DeprecationWarning: version["deprecationWarning"] ?? null,
  Schema: isOnly ? null : (version["schema"] ?? null),
  Subresources: isOnly ? null : (version["subresources"] ?? null),
  AdditionalPrinterColumns: isOnly ? null : (version["additionalPrinterColumns"] ?? null),
  SelectableFields: isOnly ? null : (version["selectableFields"] ?? null)
})

const schemaCauses = (version: Fields, at: string, isOnly: boolean): Causes => {
  const given = fieldsOf(version["schema"])["openAPIV3Schema"]
  if (given === undefined) return [Rules.required(`${at}.schema.openAPIV3Schema`)]
  const field = `${isOnly ? "spec.validation" : `${at}.schema`}.openAPIV3Schema.type`
  const type = textOf(fieldsOf(given), "type")
  const hasStatus = fieldsOf(version["subresources"])["status"] !== undefined
  if (type === "object") return none
  return [
    ...(hasStatus && type !== ""
      ? [
          Rules.invalid(
            field,
            type,
            'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
          )
        ]
      : none),
    type === ""
      ? Rules.required(field, "must not be empty at the root")
      : Rules.invalid(field, type, "must be object at the root")
  ]
}

const versionCauses = (object: KubeObject): Causes => {
  const versions = listOf(specOf(object)["versions"])
  const storage = versions.filter((version) => version["storage"] === true)
  const isOnly = versions.length === 1
  const shown = versions.map((version) => internal(version, isOnly))
  return [
    ...(storage.length === 1
      ? none
      : [Rules.invalid("spec.versions", shown, "must have exactly one version marked as storage version")]),
    ...versions.flatMap((version, index) => schemaCauses(version, `spec.versions[${index}]`, isOnly)),
    ...(storage.length === 0
      ? [Rules.invalid("status.storedVersions", null, "must have at least one stored version")]
      : none)
  ]
}

/** Condition of a definition whose names nobody has looked at yet. */
const unestablished = { conditions: null, acceptedNames: { plural: "", kind: "" } }

export const definition = basic({
  resource: CustomResourceDefinition,
  model: "V1CustomResourceDefinition",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  hasStatus: true,
  generation: spec,
  allowUnconditionalUpdate: false,
  initialStatus: (object) => ({
    ...unestablished,
    storedVersions: listOf(specOf(object)["versions"])
      .filter((version) => version["storage"] === true)
      .map((version) => textOf(version, "name"))
  }),
  defaulted: (object) => withSpec(object, (value) => eachOf(defaulted(value), "versions", (version) => version)),
  rules: (object) => [...nameCauses(object), ...versionCauses(object)],
  changes: (old, next) => [
    ...Rules.immutable("spec.group", specOf(old)["group"], specOf(next)["group"]),
    ...Rules.immutable(
      "spec.names.kind",
      fieldsOf(specOf(old)["names"])["kind"],
      fieldsOf(specOf(next)["names"])["kind"]
    ),
    ...Rules.immutable(
      "spec.names.plural",
      fieldsOf(specOf(old)["names"])["plural"],
      fieldsOf(specOf(next)["names"])["plural"]
    ),
    ...Rules.immutable("spec.scope", specOf(old)["scope"], specOf(next)["scope"])
  ],
  columns: [column("Created At", ".metadata.creationTimestamp", "date")],
  resetByStatus: [["metadata"], ["spec"]]
})
