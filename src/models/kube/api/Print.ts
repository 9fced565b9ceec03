/**
 * The columns of built-in kinds, as `kubectl get` shows them.
 */
import type { KubeObject } from "../../../domain/kube/Object.ts"
import { since } from "./Age.ts"
import { ageOf, at, type Cell, list, nameOf, text, texts } from "./Cells.ts"
import { podCells } from "./PrintPod.ts"
import { claimCells, volumeCells } from "./PrintStorage.ts"
import { type Fields, isFields } from "./Types.ts"

export interface Printer {
  /** `Name`, or `Name:type:priority`; type string and priority 0 when left out. */
  readonly columns: ReadonlyArray<string>
  readonly cells: (object: KubeObject, nowMillis: number) => ReadonlyArray<Cell>
}

const count = (value: unknown): number => (isFields(value) ? Object.keys(value).length : 0)

const some = (parts: ReadonlyArray<string>, otherwise = "<none>"): string =>
  parts.length === 0 ? otherwise : parts.join(",")

const upTo3 = (parts: ReadonlyArray<string>, otherwise: string): string => {
  if (parts.length === 0) return otherwise
  const shown = parts.slice(0, 3).join(",")
  return parts.length > 3 ? `${shown} + ${parts.length - 3} more...` : shown
}

const labelText = (labels: unknown): string =>
  isFields(labels)
    ? some(
        Object.keys(labels)
          .sort()
          .map((key) => `${key}=${String(labels[key])}`)
      )
    : "<none>"

const externalIp = (service: KubeObject): string => {
  const external = texts(at(service, "spec.externalIPs"))
  switch (at(service, "spec.type")) {
    case "ExternalName":
      return text(at(service, "spec.externalName"))
    case "LoadBalancer": {
      const ingress = list(at(service, "status.loadBalancer.ingress")).map((one) => text(one["ip"] ?? one["hostname"]))
      return some([...ingress, ...external], "<pending>")
    }
    default:
      return some(external)
  }
}

const portText = (port: Fields): string =>
  port["nodePort"] ? `${port["port"]}:${port["nodePort"]}/${port["protocol"]}` : `${port["port"]}/${port["protocol"]}`

const nodeStatus = (node: KubeObject): string => {
  const ready = list(at(node, "status.conditions")).find(({ type }) => type === "Ready")
  const status = ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady"
  return at(node, "spec.unschedulable") === true ? `${status},SchedulingDisabled` : status
}

const roles = (node: KubeObject): string => {
  const prefix = "node-role.kubernetes.io/"
  const labels = node.metadata.labels ?? {}
  const found = Object.keys(labels).flatMap((key) => {
    if (key.startsWith(prefix) && key.length > prefix.length) return [key.slice(prefix.length)]
    return key === "kubernetes.io/role" && labels[key] !== "" ? [labels[key]!] : []
  })
  return some(found.sort())
}

const addressOf = (node: KubeObject, type: string): string =>
  text(list(at(node, "status.addresses")).find((one) => one["type"] === type)?.["address"], "<none>")

const sourceText = (event: KubeObject): string => {
  const component = text(at(event, "source.component")) || text(event["reportingComponent"])
  const instance = text(at(event, "source.host")) || text(event["reportingInstance"])
  return instance === "" ? component : `${component}, ${instance}`
}

const eventCells = (event: KubeObject, now: number): ReadonlyArray<Cell> => {
  const first = since(event["firstTimestamp"] ?? event["eventTime"], now)
  const series = event["series"]
  const last = event["lastTimestamp"] ? since(event["lastTimestamp"], now) : first
  const kind = text(at(event, "involvedObject.kind")).toLowerCase()
  const name = text(at(event, "involvedObject.name"))
  return [
    isFields(series) ? since(series["lastObservedTime"], now) : last,
    text(event["type"]),
    text(event["reason"]),
    name === "" ? kind : `${kind}/${name}`,
    text(at(event, "involvedObject.fieldPath")),
    sourceText(event),
    text(event["message"]).trim(),
    first,
    Number((isFields(series) ? series["count"] : event["count"]) ?? 1),
    nameOf(event)
  ]
}

const containersOf = (object: KubeObject) => list(at(object, "spec.template.spec.containers"))

const ownerText = (object: KubeObject): string => {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (owner === undefined) return "<none>"
  const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : ""
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`
}

/** By `group/plural`. */
export const printers: Readonly<Record<string, Printer>> = {
  "/pods": {
    columns: [
      "Name",
      "Ready",
      "Status",
      "Restarts",
      "Age",
      "IP::1",
      "Node::1",
      "Nominated Node::1",
      "Readiness Gates::1"
    ],
    cells: podCells
  },
  "/services": {
    columns: ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector::1"],
    cells: (one, now) => [
      nameOf(one),
      text(at(one, "spec.type")),
      texts(at(one, "spec.clusterIPs"))[0] ?? "<none>",
      externalIp(one),
      some(list(at(one, "spec.ports")).map(portText)),
      ageOf(one, now),
      labelText(at(one, "spec.selector"))
    ]
  },
  "apps/statefulsets": {
    columns: ["Name", "Ready", "Age", "Containers::1", "Images::1"],
    cells: (one, now) => [
      nameOf(one),
      `${text(at(one, "status.readyReplicas"), "0")}/${text(at(one, "spec.replicas"), "0")}`,
      ageOf(one, now),
      containersOf(one)
        .map(({ name }) => text(name))
        .join(","),
      containersOf(one)
        .map(({ image }) => text(image))
        .join(",")
    ]
  },
  "apps/controllerrevisions": {
    columns: ["Name", "Controller", "Revision", "Age"],
    cells: (one, now) => [nameOf(one), ownerText(one), Number(one["revision"] ?? 0), ageOf(one, now)]
  },
  "/configmaps": {
    columns: ["Name", "Data", "Age"],
    cells: (one, now) => [nameOf(one), count(one["data"]) + count(one["binaryData"]), ageOf(one, now)]
  },
  "/secrets": {
    columns: ["Name", "Type", "Data", "Age"],
    cells: (one, now) => [nameOf(one), text(one["type"]), count(one["data"]), ageOf(one, now)]
  },
  "/serviceaccounts": {
    columns: ["Name", "Secrets", "Age"],
    cells: (one, now) => [nameOf(one), list(one["secrets"]).length, ageOf(one, now)]
  },
  "/namespaces": {
    columns: ["Name", "Status", "Age"],
    cells: (one, now) => [nameOf(one), text(at(one, "status.phase")), ageOf(one, now)]
  },
  "/nodes": {
    columns: [
      "Name",
      "Status",
      "Roles",
      "Age",
      "Version",
      "Internal-IP::1",
      "External-IP::1",
      "OS-Image::1",
      "Kernel-Version::1",
      "Container-Runtime::1"
    ],
    cells: (one, now) => [
      nameOf(one),
      nodeStatus(one),
      roles(one),
      ageOf(one, now),
      text(at(one, "status.nodeInfo.kubeletVersion")),
      addressOf(one, "InternalIP"),
      addressOf(one, "ExternalIP"),
      text(at(one, "status.nodeInfo.osImage"), "<unknown>"),
      text(at(one, "status.nodeInfo.kernelVersion"), "<unknown>"),
      text(at(one, "status.nodeInfo.containerRuntimeVersion"), "<unknown>")
    ]
  },
  "/events": {
    columns: [
      "Last Seen",
      "Type",
      "Reason",
      "Object",
      "Subobject::1",
      "Source::1",
      "Message",
      "First Seen::1",
      "Count::1",
      "Name::1"
    ],
    cells: eventCells
  },
  "/persistentvolumeclaims": {
    columns: [
      "Name",
      "Status",
      "Volume",
      "Capacity",
      "Access Modes",
      "StorageClass",
      "VolumeAttributesClass",
      "Age",
      "VolumeMode::1"
    ],
    cells: claimCells
  },
  "/persistentvolumes": {
    columns: [
      "Name",
      "Capacity",
      "Access Modes",
      "Reclaim Policy",
      "Status",
      "Claim",
      "StorageClass",
      "VolumeAttributesClass",
      "Reason",
      "Age",
      "VolumeMode::1"
    ],
    cells: volumeCells
  },
  "policy/poddisruptionbudgets": {
    columns: ["Name", "Min Available", "Max Unavailable", "Allowed Disruptions:integer", "Age"],
    cells: (one, now) => [
      nameOf(one),
      text(at(one, "spec.minAvailable"), "N/A"),
      text(at(one, "spec.maxUnavailable"), "N/A"),
      Number(at(one, "status.disruptionsAllowed") ?? 0),
      ageOf(one, now)
    ]
  },
  "coordination.k8s.io/leases": {
    columns: ["Name", "Holder", "Age"],
    cells: (one, now) => [nameOf(one), text(at(one, "spec.holderIdentity")), ageOf(one, now)]
  },
  "discovery.k8s.io/endpointslices": {
    columns: ["Name", "AddressType", "Ports", "Endpoints", "Age"],
    cells: (one, now) => [
      nameOf(one),
      text(one["addressType"]),
      upTo3(
        list(one["ports"]).map((port) => text(port["port"] ?? port["name"], "*")),
        "<unset>"
      ),
      upTo3(
        list(one["endpoints"]).flatMap(({ addresses }) => texts(addresses)),
        "<unset>"
      ),
      ageOf(one, now)
    ]
  },
  "apiextensions.k8s.io/customresourcedefinitions": {
    columns: ["Name", "Created At:date"],
    cells: (one) => [nameOf(one), one.metadata.creationTimestamp]
  }
}
