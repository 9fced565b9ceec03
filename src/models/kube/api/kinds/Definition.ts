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

const versionCauses = (object: KubeObject): Causes => {
  const versions = listOf(specOf(object)["versions"])
  const storage = versions.filter((version) => version["storage"] === true)
  return [
    ...(storage.length === 1
      ? none
      : [Rules.invalid("spec.versions", versions, "must have exactly one version marked as storage version")]),
    ...versions.flatMap((version, index) => {
      const at = `spec.versions[${index}]`
      const schema = fieldsOf(fieldsOf(version["schema"])["openAPIV3Schema"])
      return [
        ...(version["schema"] === undefined
          ? [Rules.required(`${at}.schema.openAPIV3Schema`, "schemas are required")]
          : textOf(schema, "type") === "object"
            ? none
            : [
                textOf(schema, "type") === ""
                  ? Rules.required(`${at}.schema.openAPIV3Schema.type`, "must not be empty at the root")
                  : Rules.invalid(`${at}.schema.openAPIV3Schema.type`, schema["type"], "must be object at the root")
              ])
      ]
    })
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
