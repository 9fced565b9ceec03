/**
 * Validation of pod specs, of pods and of templates alike.
 */
import { valueComplaints } from "../LabelSyntax.ts"
import type { Fields } from "../Types.ts"
import * as ContainerRules from "./ContainerRules.ts"
import * as Rules from "./Rules.ts"
import { type Causes, listOf, none, textOf } from "./Rules.ts"

const sources = (volume: Fields): ReadonlyArray<string> => Object.keys(volume).filter((name) => name !== "name")

const requiredIn = (volume: Fields, at: string, source: string, field: string): Causes =>
  volume[source] !== undefined && textOf(Rules.fieldsOf(volume[source]), field) === ""
    ? [Rules.required(`${at}.${source}.${field}`)]
    : none

const volumeCauses = (volume: Fields, at: string): Causes => {
  const name = textOf(volume, "name")
  return [
    ...sources(volume)
      .slice(1)
      .map((source) => Rules.forbidden(`${at}.${source}`, "may not specify more than 1 volume type")),
    ...requiredIn(volume, at, "secret", "secretName"),
    ...requiredIn(volume, at, "configMap", "name"),
    ...requiredIn(volume, at, "persistentVolumeClaim", "claimName"),
    ...requiredIn(volume, at, "hostPath", "path"),
    ...requiredIn(volume, at, "nfs", "server"),
    ...requiredIn(volume, at, "nfs", "path"),
    ...(name === "" ? [Rules.required(`${at}.name`)] : Rules.complaining(`${at}.name`, name, Rules.dnsLabel(name)))
  ]
}

/** The causes, and the names of the volumes that are good: mounts of the others are not found. */
const volumes = (spec: Fields, at: string): readonly [Causes, ReadonlySet<string>] => {
  const good = new Set<string>()
  const causes = listOf(spec["volumes"]).flatMap((volume, index) => {
    const own = volumeCauses(volume, `${at}.volumes[${index}]`)
    const name = textOf(volume, "name")
    const all = good.has(name) ? [...own, Rules.duplicate(`${at}.volumes[${index}].name`, name)] : own
    if (all.length === 0) good.add(name)
    return all
  })
  return [causes, good]
}

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]

export const tolerations = (value: unknown, field: string): Causes =>
  listOf(value).flatMap((toleration, index) => {
    const at = `${field}[${index}]`
    const [key, operator] = [textOf(toleration, "key"), textOf(toleration, "operator")]
    const [text, effect] = [textOf(toleration, "value"), textOf(toleration, "effect")]
    const complaints = valueComplaints(text)
    return [
      ...(key === "" ? none : Rules.complaining(`${at}.key`, key, Rules.qualifiedName(key))),
      ...(key === "" && operator !== "Exists"
        ? [
            Rules.invalid(
              `${at}.operator`,
              operator,
              'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            )
          ]
        : none),
      ...(toleration["tolerationSeconds"] !== undefined && effect !== "NoExecute"
        ? [Rules.invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")]
        : none),
      ...((operator === "" || operator === "Equal") && complaints.length > 0
        ? [Rules.invalid(`${at}.operator`, text, complaints.join(";"))]
        : none),
      ...(operator === "Exists" && text !== ""
        ? [Rules.invalid(`${at}.operator`, text, "value must be empty when `operator` is 'Exists'")]
        : none),
      ...(operator === "" ? none : Rules.oneOf(`${at}.operator`, operator, ["Equal", "Exists"])),
      ...(effect === "" ? none : Rules.oneOf(`${at}.effect`, effect, effects))
    ]
  })

const spreadConstraints = (spec: Fields, field: string): Causes => {
  const all = listOf(spec["topologySpreadConstraints"])
  return all.flatMap((constraint, index) => {
    const at = `${field}.topologySpreadConstraints[${index}]`
    const [key, when] = [textOf(constraint, "topologyKey"), textOf(constraint, "whenUnsatisfiable")]
    const isRepeated = all
      .slice(index + 1)
      .some((other) => textOf(other, "topologyKey") === key && textOf(other, "whenUnsatisfiable") === when)
    return [
      ...(Number(constraint["maxSkew"] ?? 0) <= 0
        ? [Rules.invalid(`${at}.maxSkew`, Number(constraint["maxSkew"] ?? 0), "must be greater than zero")]
        : none),
      ...(key === "" ? [Rules.required(`${at}.topologyKey`, "can not be empty")] : none),
      ...Rules.oneOf(`${at}.whenUnsatisfiable`, when, ["DoNotSchedule", "ScheduleAnyway"]),
      ...(isRepeated ? [Rules.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${when}}`)] : none),
      ...Rules.labelSelector(`${at}.labelSelector`, constraint["labelSelector"])
    ]
  })
}

const affinityTerm = (term: Fields, at: string): Causes => {
  const key = textOf(term, "topologyKey")
  return [
    ...Rules.labelSelector(`${at}.labelSelector`, term["labelSelector"]),
    ...(key === "" ? [Rules.required(`${at}.topologyKey`, "can not be empty")] : none),
    ...(key === "" ? none : Rules.complaining(`${at}.topologyKey`, key, Rules.qualifiedName(key)))
  ]
}

const podAffinity = (spec: Fields, at: string): Causes =>
  ["podAffinity", "podAntiAffinity"].flatMap((kind) => {
    const affinity = Rules.fieldsOf(Rules.fieldsOf(spec["affinity"])[kind])
    const field = `${at}.affinity.${kind}`
    const required = "requiredDuringSchedulingIgnoredDuringExecution"
    const preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    return [
      ...listOf(affinity[required]).flatMap((term, index) => affinityTerm(term, `${field}.${required}[${index}]`)),
      ...listOf(affinity[preferred]).flatMap((term, index) => {
        const here = `${field}.${preferred}[${index}]`
        const weight = Number(term["weight"] ?? 0)
        return [
          ...(weight <= 0 || weight > 100
            ? [Rules.invalid(`${here}.weight`, weight, "must be in the range 1-100")]
            : none),
          ...affinityTerm(Rules.fieldsOf(term["podAffinityTerm"]), `${here}.podAffinityTerm`)
        ]
      })
    ]
  })

const identifiers = (spec: Fields, at: string): Causes => {
  const context = Rules.fieldsOf(spec["securityContext"])
  return ["fsGroup", "runAsUser", "runAsGroup"].flatMap((name) =>
    ContainerRules.identifier(`${at}.securityContext.${name}`, context[name])
  )
}

const optionalName = (
  spec: Fields,
  at: string,
  name: string,
  complain: (text: string) => ReadonlyArray<string>
): Causes => {
  const text = textOf(spec, name)
  return text === "" ? none : Rules.complaining(`${at}.${name}`, text, complain(text))
}

/** Of a pod spec at `at`; what a pod or template adds is with its kind. */
export const podSpec = (spec: Fields, at: string): Causes => {
  const [volumeProblems, names] = volumes(spec, at)
  const deadline = spec["activeDeadlineSeconds"]
  return [
    ...volumeProblems,
    ...ContainerRules.containers(spec, at, names),
    ...Rules.oneOf(`${at}.restartPolicy`, textOf(spec, "restartPolicy"), ["Always", "OnFailure", "Never"]),
    ...Rules.oneOf(`${at}.dnsPolicy`, textOf(spec, "dnsPolicy"), [
      "ClusterFirstWithHostNet",
      "ClusterFirst",
      "Default",
      "None"
    ]),
    ...Rules.labels(`${at}.nodeSelector`, spec["nodeSelector"]),
    ...identifiers(spec, at),
    ...listOf(spec["imagePullSecrets"]).flatMap((secret, index) =>
      textOf(secret, "name") === "" ? [Rules.required(`${at}.imagePullSecrets[${index}].name`)] : none
    ),
    ...podAffinity(spec, at),
    ...spreadConstraints(spec, at),
    ...optionalName(spec, at, "serviceAccountName", Rules.dnsSubdomain),
    ...optionalName(spec, at, "nodeName", Rules.dnsSubdomain),
    ...(deadline === undefined ? none : Rules.between(`${at}.activeDeadlineSeconds`, deadline, 1, 2 ** 31 - 1)),
    ...optionalName(spec, at, "hostname", Rules.dnsLabel),
    ...optionalName(spec, at, "subdomain", Rules.dnsLabel),
    ...tolerations(spec["tolerations"], `${at}.tolerations`),
    ...optionalName(spec, at, "priorityClassName", Rules.dnsSubdomain),
    ...optionalName(spec, at, "runtimeClassName", Rules.dnsSubdomain)
  ]
}

/** Of `template` of a workload. */
export const template = (value: Fields, at: string): Causes => {
  const spec = Rules.fieldsOf(value["spec"])
  return [
    ...Rules.labels(`${at}.labels`, Rules.fieldsOf(value["metadata"])["labels"]),
    ...podSpec(spec, `${at}.spec`),
    ...(listOf(spec["ephemeralContainers"]).length > 0
      ? [Rules.forbidden(`${at}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")]
      : none)
  ]
}
