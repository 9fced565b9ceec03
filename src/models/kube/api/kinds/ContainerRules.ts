/**
 * Validation of the containers of a pod spec.
 */
import * as Quantity from "../Quantity.ts"
import { type Fields, isFields } from "../Types.ts"
import * as Rules from "./Rules.ts"
import { type Causes, fieldsOf, listOf, none, textOf } from "./Rules.ts"

const protocols = ["SCTP", "TCP", "UDP"]

const ports = (container: Fields, at: string): Causes => {
  const names = new Set<string>()
  return listOf(container["ports"]).flatMap((port, index) => {
    const here = `${at}.ports[${index}]`
    const name = textOf(port, "name")
    const complaints = name === "" ? none : Rules.complaining(`${here}.name`, name, Rules.portName(name))
    const isRepeated = name !== "" && names.has(name)
    names.add(name)
    return [
      ...(complaints.length === 0 && isRepeated ? [Rules.duplicate(`${here}.name`, name)] : complaints),
      ...(Number(port["containerPort"] ?? 0) === 0
        ? [Rules.required(`${here}.containerPort`)]
        : Rules.port(`${here}.containerPort`, port["containerPort"])),
      ...(port["hostPort"] === undefined ? none : Rules.port(`${here}.hostPort`, port["hostPort"])),
      ...Rules.oneOf(`${here}.protocol`, textOf(port, "protocol"), protocols)
    ]
  })
}

const downwardPaths = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs"
]

const fieldRef = (value: Fields, at: string): Causes => {
  const path = textOf(value, "fieldPath")
  if (path === "") return [Rules.required(`${at}.fieldPath`)]
  if (/^metadata\.(labels|annotations)\['.+'\]$/.test(path)) return none
  return Rules.oneOf(`${at}.fieldPath`, path, downwardPaths)
}

const keyRef = (value: Fields, at: string): Causes => {
  const [name, key] = [textOf(value, "name"), textOf(value, "key")]
  return [
    ...(name === "" ? [Rules.required(`${at}.name`)] : none),
    ...(key === "" ? [Rules.required(`${at}.key`)] : Rules.complaining(`${at}.key`, key, Rules.configKey(key)))
  ]
}

const valueFrom = (variable: Fields, at: string): Causes => {
  const from = variable["valueFrom"]
  if (!isFields(from)) return none
  const given = Object.keys(from)
  return [
    ...(isFields(from["fieldRef"]) ? fieldRef(from["fieldRef"], `${at}.fieldRef`) : none),
    ...(isFields(from["configMapKeyRef"]) ? keyRef(from["configMapKeyRef"], `${at}.configMapKeyRef`) : none),
    ...(isFields(from["secretKeyRef"]) ? keyRef(from["secretKeyRef"], `${at}.secretKeyRef`) : none),
    ...(given.length === 0
      ? [
          Rules.invalid(
            at,
            "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
          )
        ]
      : textOf(variable, "value") !== ""
        ? [Rules.invalid(at, "", "may not be specified when `value` is not empty")]
        : given.length > 1
          ? [Rules.invalid(at, "", "may not have more than one field specified at a time")]
          : none)
  ]
}

const environment = (container: Fields, at: string): Causes =>
  listOf(container["env"]).flatMap((variable, index) => {
    const name = textOf(variable, "name")
    return [
      ...(name === ""
        ? [Rules.required(`${at}.env[${index}].name`)]
        : Rules.complaining(`${at}.env[${index}].name`, name, Rules.envName(name))),
      ...valueFrom(variable, `${at}.env[${index}].valueFrom`)
    ]
  })

const descends = (field: string, path: string): Causes => [
  ...(path.startsWith("/") ? [Rules.invalid(field, path, "must be a relative path")] : none),
  ...(path.split("/").includes("..") ? [Rules.invalid(field, path, "must not contain '..'")] : none)
]

const mounts = (container: Fields, at: string, volumes: ReadonlySet<string>): Causes => {
  const seen = new Set<string>()
  return listOf(container["volumeMounts"]).flatMap((mount, index) => {
    const here = `${at}.volumeMounts[${index}]`
    const [name, path, subPath] = [textOf(mount, "name"), textOf(mount, "mountPath"), textOf(mount, "subPath")]
    const isRepeated = seen.has(path)
    seen.add(path)
    return [
      ...(name === "" ? [Rules.required(`${here}.name`)] : none),
      ...(volumes.has(name) ? none : [Rules.notFound(`${here}.name`, name)]),
      ...(path === "" ? [Rules.required(`${here}.mountPath`)] : none),
      ...(isRepeated ? [Rules.invalid(`${here}.mountPath`, path, "must be unique")] : none),
      ...(subPath === "" ? none : descends(`${at}.volumeMounts.subPath`, subPath))
    ]
  })
}

const standard = ["cpu", "ephemeral-storage", "memory"]

const resourceName = (name: string, field: string): Causes => [
  ...Rules.complaining(field, name, Rules.qualifiedName(name)),
  ...(name.includes("/") || standard.includes(name) || name.startsWith("hugepages-")
    ? none
    : [
        Rules.invalid(field, name, "must be a standard resource type or fully qualified"),
        Rules.invalid(field, name, "must be a standard resource for containers")
      ])
]

const amount = (field: string, value: unknown): Causes =>
  Quantity.nanosOf(value) < 0n ? [Rules.invalid(field, value, "must be greater than or equal to 0")] : none

const resources = (container: Fields, at: string): Causes => {
  const given = fieldsOf(container["resources"])
  const [limits, requests] = [fieldsOf(given["limits"]), fieldsOf(given["requests"])]
  const names = (list: Fields) => Object.keys(list).sort()
  return [
    ...names(limits).flatMap((name) => {
      const field = `${at}.resources.limits[${name}]`
      return [...resourceName(name, field), ...amount(field, limits[name])]
    }),
    ...names(requests).flatMap((name) => {
      const field = `${at}.resources.requests[${name}]`
      const [request, limit] = [Quantity.nanosOf(requests[name]), Quantity.nanosOf(limits[name])]
      const isExtended = name.includes("/") || name.startsWith("hugepages-")
      const tooMuch =
        limits[name] === undefined
          ? isExtended
            ? [Rules.required(`${at}.resources.limits`, "Limit must be set for non overcommitable resources")]
            : none
          : isExtended && request !== limit
            ? [
                Rules.invalid(
                  `${at}.resources.requests`,
                  requests[name],
                  `must be equal to ${name} limit of ${String(limits[name])}`
                )
              ]
            : request > limit
              ? [
                  Rules.invalid(
                    `${at}.resources.requests`,
                    requests[name],
                    `must be less than or equal to ${name} limit of ${String(limits[name])}`
                  )
                ]
              : none
      return [...resourceName(name, field), ...amount(field, requests[name]), ...tooMuch]
    })
  ]
}

const portOrName = (field: string, value: unknown): Causes =>
  typeof value === "string" ? Rules.complaining(field, value, Rules.portName(value)) : Rules.port(field, value ?? 0)

const handlers = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"]

const handler = (value: Fields, at: string): Causes => {
  const [first, ...others] = handlers.filter((name) => value[name] !== undefined)
  if (first === undefined) return [Rules.required(at, "must specify a handler type")]
  const action = fieldsOf(value[first])
  const here = `${at}.${first}`
  const own: Causes =
    first === "exec"
      ? Rules.textsOf(action["command"]).length === 0
        ? [Rules.required(`${here}.command`)]
        : none
      : first === "httpGet"
        ? [
            ...portOrName(`${here}.port`, action["port"]),
            ...Rules.oneOf(`${here}.scheme`, textOf(action, "scheme"), ["HTTP", "HTTPS"])
          ]
        : first === "sleep"
          ? none
          : portOrName(`${here}.port`, action["port"])
  return [...own, ...others.map((name) => Rules.forbidden(`${at}.${name}`, "may not specify more than 1 handler type"))]
}

const counts = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]

const probe = (container: Fields, at: string, name: string): Causes => {
  const value = container[name]
  if (!isFields(value)) return none
  const here = `${at}.${name}`
  const grace = value["terminationGracePeriodSeconds"]
  return [
    ...handler(value, here),
    ...counts.flatMap((count) => Rules.nonNegative(`${here}.${count}`, value[count])),
    ...(typeof grace === "number" && grace <= 0
      ? [Rules.invalid(`${here}.terminationGracePeriodSeconds`, grace, "must be greater than 0")]
      : none),
    ...(name !== "readinessProbe" && value["successThreshold"] !== 1
      ? [Rules.invalid(`${here}.successThreshold`, value["successThreshold"], "must be 1")]
      : none),
    ...(name === "readinessProbe" && grace !== undefined
      ? [Rules.invalid(`${here}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes")]
      : none)
  ]
}

const lifecycle = (container: Fields, at: string): Causes =>
  ["postStart", "preStop"].flatMap((name) => {
    const value = fieldsOf(container["lifecycle"])[name]
    return isFields(value) ? handler(value, `${at}.lifecycle.${name}`) : none
  })

/** Of a user or group id. */
export const identifier = (field: string, value: unknown): Causes => Rules.between(field, value, 0, 2 ** 31 - 1)

const security = (container: Fields, at: string): Causes => {
  const context = fieldsOf(container["securityContext"])
  const here = `${at}.securityContext`
  return [
    ...identifier(`${here}.runAsUser`, context["runAsUser"]),
    ...identifier(`${here}.runAsGroup`, context["runAsGroup"]),
    ...(context["allowPrivilegeEscalation"] === false && context["privileged"] === true
      ? [Rules.invalid(here, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")]
      : none)
  ]
}

const common = (container: Fields, at: string, volumes: ReadonlySet<string>): Causes => {
  const name = textOf(container, "name")
  return [
    ...(name === "" ? [Rules.required(`${at}.name`)] : Rules.complaining(`${at}.name`, name, Rules.dnsLabel(name))),
    ...(textOf(container, "image") === "" ? [Rules.required(`${at}.image`)] : none),
    ...Rules.oneOf(`${at}.terminationMessagePolicy`, textOf(container, "terminationMessagePolicy"), [
      "File",
      "FallbackToLogsOnError"
    ]),
    ...ports(container, at),
    ...environment(container, at),
    ...mounts(container, at, volumes),
    ...Rules.oneOf(`${at}.imagePullPolicy`, textOf(container, "imagePullPolicy"), ["Always", "IfNotPresent", "Never"]),
    ...resources(container, at),
    ...security(container, at)
  ]
}

const repeated = (list: ReadonlyArray<Fields>, at: string, taken: ReadonlyArray<string>): Causes => {
  const seen = new Set(taken)
  return list.flatMap((container, index) => {
    const name = textOf(container, "name")
    if (seen.has(name)) return [Rules.duplicate(`${at}[${index}].name`, name)]
    seen.add(name)
    return none
  })
}

/** Containers and init containers; `volumes` are the names that can be mounted. */
export const containers = (spec: Fields, at: string, volumes: ReadonlySet<string>): Causes => {
  const main = listOf(spec["containers"])
  const init = listOf(spec["initContainers"])
  const field = `${at}.containers`
  const names = main.map((container) => textOf(container, "name"))
  return [
    ...(main.length === 0 ? [Rules.required(field)] : none),
    ...main.flatMap((container, index) => {
      const here = `${field}[${index}]`
      return [
        ...common(container, here, volumes),
        ...repeated(main.slice(0, index + 1), field, []).filter((cause) => cause.field === `${here}.name`),
        ...lifecycle(container, here),
        ...["livenessProbe", "readinessProbe", "startupProbe"].flatMap((name) => probe(container, here, name))
      ]
    }),
    ...init.flatMap((container, index) => common(container, `${at}.initContainers[${index}]`, volumes)),
    ...repeated(init, `${at}.initContainers`, names)
  ]
}
