/**
 * What the server fills into a pod and a pod template.
 */
import * as Quantity from "../Quantity.ts"
import { type Fields, isFields } from "../Types.ts"
import { fieldsOf, textOf } from "./Rules.ts"

/** `fields` with `defaults` under them: an empty text and an absent field take the default. */
export const filled = (fields: Fields, defaults: Fields): Fields => {
  const missing = Object.entries(defaults).filter(([name, value]) => {
    const given = fields[name]
    return value !== undefined && (given === undefined || given === null || given === "")
  })
  return missing.length === 0 ? fields : { ...fields, ...Object.fromEntries(missing) }
}

/** `fields` with one of them changed, where it is there. */
export const changed = (fields: Fields, name: string, change: (value: Fields) => Fields): Fields => {
  const value = fields[name]
  return isFields(value) ? { ...fields, [name]: change(value) } : fields
}

export const without = (fields: Fields, name: string): Fields => {
  const { [name]: _, ...others } = fields
  return others
}

export const eachOf = (fields: Fields, name: string, change: (item: Fields) => Fields): Fields => {
  const value = fields[name]
  return Array.isArray(value) ? { ...fields, [name]: value.map((item) => change(fieldsOf(item))) } : fields
}

const milli = 1_000_000n

/** Resources are kept to a thousandth, rounded up. */
const rounded = (list: Fields): Fields =>
  Object.fromEntries(
    Object.entries(list).map(([name, value]) => {
      const parsed = Quantity.parse(value)
      if (typeof parsed === "string" || parsed.nanos % milli === 0n) return [name, value]
      const up = parsed.nanos > 0n ? parsed.nanos / milli + 1n : parsed.nanos / milli - 1n
      return [name, Quantity.text({ ...parsed, nanos: up * milli })]
    })
  )

export const resources = (value: Fields): Fields => changed(changed(value, "limits", rounded), "requests", rounded)

const httpGet = (action: Fields): Fields => filled(action, { path: "/", scheme: "HTTP" })

const probe = (value: Fields): Fields => {
  const handled = changed(changed(value, "httpGet", httpGet), "grpc", (action) => ({
    ...action,
    service: action["service"] ?? ""
  }))
  return filled(handled, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
}

const hook = (value: Fields): Fields => changed(value, "httpGet", httpGet)

const fieldRef = (value: Fields): Fields => filled(value, { apiVersion: "v1" })

const resourceFieldRef = (value: Fields): Fields => filled(value, { divisor: "0" })

const downward = (item: Fields): Fields =>
  changed(changed(item, "fieldRef", fieldRef), "resourceFieldRef", resourceFieldRef)

const tagOf = (image: string): string => {
  if (image.includes("@")) return ""
  const tag = /:([^/:]*)$/.exec(image)
  return tag?.[1] ?? "latest"
}

/** An image without tag is `latest`; one with a digest alone has none. */
const pullPolicy = (image: string): string => (tagOf(image) === "latest" ? "Always" : "IfNotPresent")

const probes = ["livenessProbe", "readinessProbe", "startupProbe"]

const container = (value: Fields): Fields => {
  const steps: ReadonlyArray<(fields: Fields) => Fields> = [
    (fields) => eachOf(fields, "ports", (port) => filled(port, { protocol: "TCP" })),
    (fields) => eachOf(fields, "env", (variable) => changed(variable, "valueFrom", downward)),
    (fields) => changed(fields, "resources", resources),
    ...probes.map((name) => (fields: Fields) => changed(fields, name, probe)),
    (fields) =>
      changed(fields, "lifecycle", (lifecycle) => changed(changed(lifecycle, "postStart", hook), "preStop", hook)),
    (fields) =>
      changed(fields, "securityContext", (security) =>
        security["procMount"] === "" ? { ...security, procMount: "Default" } : security
      )
  ]
  return filled(
    steps.reduce((fields, step) => step(fields), value),
    {
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
      imagePullPolicy: pullPolicy(textOf(value, "image"))
    }
  )
}

const mode = (value: Fields): Fields => filled(value, { defaultMode: 420 })

const downwardItems = (value: Fields): Fields => eachOf(value, "items", downward)

const source = (value: Fields): Fields =>
  changed(
    changed(value, "serviceAccountToken", (token) => filled(token, { expirationSeconds: 3600 })),
    "downwardAPI",
    downwardItems
  )

const volume = (value: Fields): Fields => {
  const { name: _, ...sources } = value
  if (Object.keys(sources).length === 0) return { ...value, emptyDir: {} }
  const steps: ReadonlyArray<readonly [string, (source: Fields) => Fields]> = [
    ["secret", mode],
    ["configMap", mode],
    ["downwardAPI", (fields) => mode(downwardItems(fields))],
    ["projected", (fields) => mode(eachOf(fields, "sources", source))],
    ["hostPath", (fields) => ({ ...fields, type: fields["type"] ?? "" })],
    [
      "ephemeral",
      (fields) => changed(fields, "volumeClaimTemplate", (template) => changed(template, "spec", claimSpec))
    ],
    ["image", (fields) => filled(fields, { pullPolicy: pullPolicy(textOf(fields, "reference")) })]
  ]
  return steps.reduce((fields, [kind, step]) => changed(fields, kind, step), value)
}

/** Of a PersistentVolumeClaimSpec, wherever it stands. */
export const claimSpec = (spec: Fields): Fields =>
  changed(filled(spec, { volumeMode: "Filesystem" }), "resources", resources)

const hostPorts = (value: Fields): Fields =>
  eachOf(value, "ports", (port) =>
    port["hostPort"] === undefined ? { ...port, hostPort: port["containerPort"] } : port
  )

/** The deprecated name and the real one say the same. */
const serviceAccount = (spec: Fields): Fields => {
  const name = textOf(spec, "serviceAccountName") || textOf(spec, "serviceAccount")
  return name === "" ? spec : { ...spec, serviceAccountName: name, serviceAccount: name }
}

/** Of a pod and of a template. */
export const podSpec = (spec: Fields): Fields => {
  const containers = ["containers", "initContainers", "ephemeralContainers"].reduce(
    (fields, name) => eachOf(fields, name, container),
    eachOf(spec, "volumes", volume)
  )
  const defaults = {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: "default-scheduler"
  }
  return changed(serviceAccount(filled(containers, defaults)), "overhead", rounded)
}

const requests = (value: Fields): Fields =>
  changed(value, "resources", (given) =>
    isFields(given["limits"]) ? { ...given, requests: { ...given["limits"], ...fieldsOf(given["requests"]) } } : given
  )

/** Of a pod alone: a template leaves these to the pods made from it. */
export const onlyPod = (spec: Fields): Fields => {
  const lists = ["containers", "initContainers"]
  const complete = lists.reduce((fields, name) => eachOf(fields, name, requests), spec)
  const ported =
    spec["hostNetwork"] === true ? lists.reduce((all, name) => eachOf(all, name, hostPorts), complete) : complete
  return filled(ported, { enableServiceLinks: true })
}
