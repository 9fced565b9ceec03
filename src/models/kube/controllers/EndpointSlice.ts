/**
 * The EndpointSlice controller: for each Service with a selector the addresses
 * of the pods it selects, grouped by the ports that the pods give to its names.
 */
import * as Kinds from "../../../domain/kube/Object.ts"
import { ofObject } from "../api/Selector.ts"
import { create, type Draft, type Move, overItems, remove, update, type View } from "./BuiltIn.ts"
import {
  conditionOf,
  type Endpoint,
  type EndpointPort,
  isFinished,
  isReady,
  isTerminating,
  nameOf,
  namespaceOf,
  type Node,
  ownedBy,
  ownersOf,
  type Pod,
  type Service,
  type ServicePort,
  type Slice,
  uidOf
} from "./Shapes.ts"

const nameLabel = "kubernetes.io/service-name"
const managerLabel = "endpointslice.kubernetes.io/managed-by"
const headlessLabel = "service.kubernetes.io/headless"
const managedBy = "endpointslice-controller.k8s.io"
const triggerTime = "endpoints.kubernetes.io/last-change-trigger-time"
const reserved = new Set([nameLabel, managerLabel, headlessLabel])

/** The default of the real controller. */
const maxEndpoints = 100

const portNumber = (pod: Pod, { port, protocol = "TCP", targetPort }: ServicePort): number | undefined => {
  if (typeof targetPort === "number") return targetPort
  if (targetPort === undefined || targetPort === "") return port
  const restartable = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always")
  for (const container of [...pod.spec.containers, ...restartable]) {
    const named = container.ports?.find((one) => one.name === targetPort && (one.protocol ?? "TCP") === protocol)
    if (named !== undefined) return named.containerPort
  }
  return undefined
}

/** A port whose name the pod does not know is left out. */
const portsOf = (service: Service, pod: Pod): ReadonlyArray<EndpointPort> =>
  (service.spec.ports ?? []).flatMap((one) => {
    const port = portNumber(pod, one)
    const { appProtocol, name = "", protocol = "TCP" } = one
    return port === undefined ? [] : [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }]
  })

const isOfType = (type: string) => (ip: string) => ip.includes(":") === (type === "IPv6")

const endpointOf = (service: Service, pod: Pod, node: Node | undefined, type: string): Endpoint => {
  const [serving, terminating] = [isReady(pod), isTerminating(pod)]
  const { hostname, nodeName, subdomain } = pod.spec
  const zone = node?.metadata.labels?.["topology.kubernetes.io/zone"]
  return {
    addresses: (pod.status?.podIPs ?? []).map(({ ip }) => ip).filter(isOfType(type)),
    conditions: {
      ready: service.spec.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating
    },
    ...(hostname && subdomain === nameOf(service) ? { hostname } : {}),
    ...(nodeName === undefined || nodeName === "" ? {} : { nodeName }),
    targetRef: { kind: "Pod", name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod) },
    ...(zone ? { zone } : {})
  }
}

interface Group {
  readonly ports: ReadonlyArray<EndpointPort>
  readonly endpoints: ReadonlyArray<Endpoint>
}

const portsKey = (ports: ReadonlyArray<EndpointPort> | null | undefined): string =>
  (ports ?? [])
    .map(({ appProtocol = "", name, port, protocol }) => `${name}|${port}|${protocol}|${appProtocol}`)
    .sort()
    .join(",")

/** A pod on an unknown node counts only where addresses are wanted ready or not. */
const wantedGroups = (view: View, service: Service, type: string): ReadonlyMap<string, Group> => {
  const groups = new Map<string, Group>()
  const selector = ofObject({ matchLabels: service.spec.selector }) ?? []
  for (const pod of view.selected<Pod>(Kinds.Pod, namespaceOf(service), selector)) {
    const hasAddress = (pod.status?.podIPs ?? []).length > 0
    if (isFinished(pod) || !hasAddress) continue
    const ports = portsOf(service, pod)
    const key = portsKey(ports)
    const group = groups.get(key) ?? { ports, endpoints: [] }
    const node = view.get<Node>(Kinds.Node, "", pod.spec.nodeName ?? "")
    const isKnown = node !== undefined || service.spec.publishNotReadyAddresses === true
    const endpoint = endpointOf(service, pod, node, type)
    const isWanted = isKnown && endpoint.addresses.length > 0
    groups.set(key, isWanted ? { ...group, endpoints: [...group.endpoints, endpoint] } : group)
  }
  return groups
}

const labelsOf = (service: Service): Readonly<Record<string, string>> => {
  const own = Object.entries(service.metadata.labels ?? {}).filter(([name]) => !reserved.has(name))
  const isHeadless = service.spec.clusterIP === "None" || !service.spec.clusterIP
  return {
    ...Object.fromEntries(own),
    ...(isHeadless ? { [headlessLabel]: "" } : {}),
    [nameLabel]: nameOf(service),
    [managerLabel]: managedBy
  }
}

const sameFields = (left: Readonly<Record<string, unknown>>, right: Readonly<Record<string, unknown>>): boolean =>
  Object.keys({ ...left, ...right }).every((name) => left[name] === right[name])

const identityOf = ({ addresses, targetRef }: Endpoint): string => `${targetRef.uid} ${addresses.join(",")}`

const sameEndpoint = (left: Endpoint, right: Endpoint): boolean =>
  identityOf(left) === identityOf(right) &&
  sameFields(left.conditions, right.conditions) &&
  left.hostname === right.hostname &&
  left.nodeName === right.nodeName &&
  left.zone === right.zone

const sameContent = (slice: Slice, group: Group): boolean => {
  const endpoints = slice.endpoints ?? []
  return (
    portsKey(slice.ports) === portsKey(group.ports) &&
    endpoints.length === group.endpoints.length &&
    endpoints.every((one, index) => sameEndpoint(one, group.endpoints[index]!))
  )
}

/** The content of a group in slices: endpoints stay in the slice where they are. */
const placed = (existing: ReadonlyArray<Slice>, group: Group): ReadonlyArray<readonly [Slice | undefined, Group]> => {
  const byIdentity = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint] as const))
  const kept = existing.map((slice) => {
    const endpoints = (slice.endpoints ?? []).flatMap((old) => {
      const wanted = byIdentity.get(identityOf(old))
      byIdentity.delete(identityOf(old))
      return wanted === undefined ? [] : [wanted]
    })
    return [slice, endpoints] as const
  })
  const rest = [...byIdentity.values()]
  const result: Array<readonly [Slice | undefined, Group]> = []
  for (const [slice, endpoints] of kept) {
    const full = [...endpoints, ...rest.splice(0, maxEndpoints - endpoints.length)]
    if (full.length > 0) result.push([slice, { ...group, endpoints: full }])
  }
  while (rest.length > 0) result.push([undefined, { ...group, endpoints: rest.splice(0, maxEndpoints) }])
  return result
}

/** When what made the controller look happened, as far as objects say it. */
const triggeredAt = (view: View, service: Service, group: Group): string => {
  const times = group.endpoints.flatMap(({ targetRef }) => {
    const pod = view.get<Pod>(Kinds.Pod, targetRef.namespace, targetRef.name)
    return conditionOf(pod?.status?.conditions, "Ready")?.lastTransitionTime ?? []
  })
  return times.sort().at(-1) ?? service.metadata.creationTimestamp ?? ""
}

/** Empty lists are null, as from a client that sends protobuf: then nobody owns them. */
const contentOf = ({ endpoints, ports }: Group) => ({
  endpoints: endpoints.length === 0 ? null : endpoints,
  ports: ports.length === 0 ? null : ports
})

const draft = (view: View, service: Service, type: string, group: Group): Draft => ({
  metadata: {
    generateName: `${nameOf(service)}-`,
    namespace: namespaceOf(service),
    labels: labelsOf(service),
    annotations: { [triggerTime]: triggeredAt(view, service, group) },
    ownerReferences: [ownedBy(Kinds.Service, service)]
  },
  addressType: type,
  ...contentOf(group)
})

const rewritten = (view: View, service: Service, slice: Slice, group: Group): Move =>
  update(Kinds.EndpointSlice, {
    ...slice,
    metadata: {
      ...slice.metadata,
      labels: labelsOf(service),
      annotations: { ...slice.metadata.annotations, [triggerTime]: triggeredAt(view, service, group) }
    },
    ...contentOf(group)
  })

type Placement = ReadonlyArray<readonly [Slice | undefined, Group]>

/** New content goes into slices that would be deleted otherwise. */
const reconciled = (view: View, service: Service, type: string, slices: ReadonlyArray<Slice>): ReadonlyArray<Move> => {
  const groups = wantedGroups(view, service, type)
  const contents = [...groups].flatMap(([key, group]) =>
    placed(
      slices.filter((slice) => portsKey(slice.ports) === key),
      group
    )
  )
  const wanted: Placement = contents.length > 0 ? contents : [[undefined, { ports: [], endpoints: [] }]]
  const used = new Set(wanted.map(([slice]) => slice))
  const spare = slices.filter((slice) => !used.has(slice))
  const moves = wanted.flatMap(([slice, group]): ReadonlyArray<Move> => {
    const into = slice ?? spare.shift()
    if (into === undefined) {
      return isTerminating(service) ? [] : [create(Kinds.EndpointSlice, draft(view, service, type, group))]
    }
    const isSame = sameContent(into, group) && sameFields(into.metadata.labels ?? {}, labelsOf(service))
    return isSame ? [] : [rewritten(view, service, into, group)]
  })
  return [...moves, ...spare.map((slice) => remove(Kinds.EndpointSlice, slice))]
}

const movesOf = (view: View, service: Service): ReadonlyArray<Move> => {
  const { ipFamilies = ["IPv4"], selector, type } = service.spec
  if (type === "ExternalName" || Object.keys(selector ?? {}).length === 0) return []
  const slices = view
    .selected<Slice>(Kinds.EndpointSlice, namespaceOf(service), [
      { key: nameLabel, operator: "=", values: [nameOf(service)] },
      { key: managerLabel, operator: "=", values: [managedBy] }
    ])
    .filter((slice) => !isTerminating(slice))
  const isOwn = (slice: Slice) => ownersOf(slice).some(({ uid }) => uid === uidOf(service))
  const foreign = slices.filter((slice) => !isOwn(slice) || !ipFamilies.includes(slice.addressType))
  return [
    ...ipFamilies.flatMap((family) =>
      reconciled(
        view,
        service,
        family,
        slices.filter((slice) => isOwn(slice) && slice.addressType === family)
      )
    ),
    ...foreign.map((slice) => remove(Kinds.EndpointSlice, slice))
  ]
}

export const endpointSlice = overItems<Service>("endpointslice", {
  items: (view) => view.list(Kinds.Service),
  moves: movesOf
})
